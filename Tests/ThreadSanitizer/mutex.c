// Shows the thread sanitizer the locks it cannot see.
//
// Swift's Mutex locks and unlocks inline, which the sanitizer follows, until two threads want it at once: then it calls
// into libswiftSynchronization, which is not instrumented, and the kernel hands the lock over. Without the two lines
// below, whatever the next thread does under the lock, and to all that the lock handed it, counts as a race. No
// suppression could say that: withLock is always inlined, so no frame of a report names the lock, and what was handed
// over is used elsewhere.
//
// The tests of the lane are linked with this file; its definitions come before the library's.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *);
void __tsan_release(void *);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

// Synchronization._MutexHandle._lockSlow(UInt32) and _unlockSlow(), as Swift 6.2 and 6.3 have them.
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
typedef SWIFT void lock_function(uint32_t, SELF void *);
typedef SWIFT void unlock_function(SELF void *);

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK_SLOW);

// The handle's address is the lock word's, on which the inlined halves acquire and release.
SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
  ((lock_function *)dlsym(RTLD_NEXT, LOCK_SLOW))(thread, handle);
  __tsan_acquire(handle);
}

SWIFT void unlock_slow(SELF void *handle) {
  __tsan_release(handle);
  ((unlock_function *)dlsym(RTLD_NEXT, UNLOCK_SLOW))(handle);
}
