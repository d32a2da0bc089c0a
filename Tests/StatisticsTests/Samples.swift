/// Numbers whose statistics were computed with NumPy 2, SciPy 1 and pandas 2 or later; the expected values stand in the tests.
enum Samples {
  static let small = [2.0, 4.5, 4.5, 7.0, 11.25, -3.0, 0.5]
  static let three = [1.0, 2.0, 4.0]
  static let five = [3.0, 1.0, 4.0, 1.5, 9.0]
  static let eleven = [12.1, 11.9, 12.5, 13.0, 12.2, 11.0, 12.7, 12.4, 30.0, 12.0, 12.3]
  /// Far from zero, close to one another: sums of squares would lose them.
  static let far = [1e9 + 1, 1e9 + 2, 1e9 + 4, 1e9 + 8, 1e9 + 16, 1e9 + 32]
  static let normal = [
    10.0025, 10.5975, 9.4517, 8.2188, 9.0907, 8.0167, 10.1203, 12.6804, 9.0156, 8.7591, 10.9797, 10.7138,
    10.2108,
    8.1391, 9.9415, 11.3906, 7.3116, 9.0848, 6.1976, 7.4209, 6.3165, 9.5298, 7.4651, 10.5425, 10.3135, 9.6261,
    4.9665,
    8.9226, 9.903, 10.2266, 6.9397, 9.0445, 8.043, 8.3823, 12.1218, 8.3849, 9.935, 11.7688, 8.8328, 9.7766,
    10.2209,
    10.1276, 7.5499, 10.1523, 12.7176, 6.9057, 11.7188, 10.2387, 8.7171, 14.0008,
  ]
  static let skewed = [
    0.3817, 1.1516, 3.2037, 0.2061, 0.2946, 2.6142, 5.622, 8.0891, 2.1183, 3.9182, 2.2906, 2.8112, 0.4345,
    7.485,
    2.6528, 2.6256, 0.0791, 3.2551, 3.1856, 3.1926, 1.7065, 4.0909, 4.721, 1.9501, 1.0534, 5.0996, 2.0177,
    2.2523,
    0.3343, 0.7353, 6.1425, 2.1836, 0.0744, 3.9801, 1.4747, 8.8556, 2.5278, 2.9297, 1.302, 0.0581, 16.1509,
    1.4079,
    6.209, 0.4416, 8.2252, 0.0432, 2.5753, 0.2753, 0.5576, 4.7741, 7.9488, 2.0351, 4.3641, 3.248, 1.4305,
    6.6926,
    5.5152, 1.0242, 2.175, 3.4452,
  ]
}

/// Whether two numbers agree to so many parts of their size, or are both nothing.
func agree(_ left: Double?, _ right: Double?, within tolerance: Double = 1e-9) -> Bool {
  guard let left, let right else { return left == nil && right == nil }
  return abs(left - right) <= tolerance * max(abs(left), abs(right), 1e-300) || left == right
}
