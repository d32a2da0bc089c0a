// The few functions of libm that statistics need, for pure rooms: the Glibc module would bring the kernel along.
#pragma once

static inline double cmath_log(double x) { return __builtin_log(x); }
static inline double cmath_exp(double x) { return __builtin_exp(x); }
static inline double cmath_asin(double x) { return __builtin_asin(x); }
/// The complementary error function.
static inline double cmath_erfc(double x) { return __builtin_erfc(x); }
/// The logarithm of the gamma function, for x > 0.
static inline double cmath_lgamma(double x) { return __builtin_lgamma(x); }
