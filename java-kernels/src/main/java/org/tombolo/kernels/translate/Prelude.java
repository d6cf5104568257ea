package org.tombolo.kernels.translate;

/// C that every translated kernel begins with: Java's arithmetic where C's is another, and ids.
final class Prelude {
  private Prelude() {}

  /// Functions without doubles.
  static final String SINGLE =
      """
      #pragma OPENCL FP_CONTRACT OFF
      int j_f2i(float x) { return x != x ? 0 : convert_int_sat_rtz(x); }
      long j_f2l(float x) { return x != x ? 0 : convert_long_sat_rtz(x); }
      float j_max_f(float a, float b) {
        return a != a ? a : a == 0 && b == 0 ? (signbit(a) ? b : a) : a >= b ? a : b;
      }
      float j_min_f(float a, float b) {
        return a != a ? a : a == 0 && b == 0 ? (signbit(a) ? a : b) : a <= b ? a : b;
      }
      int j_round_f(float x) { float r = floor(x); return j_f2i(x - r >= 0.5f ? r + 1 : r); }
      float j_signum_f(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; }
      int j_abs_i(int a) { return a < 0 ? (int)(0u - (uint)a) : a; }
      long j_abs_l(long a) { return a < 0 ? (long)(0ul - (ulong)a) : a; }
      """;

  /// Functions of doubles.
  static final String DOUBLE =
      """
      int j_d2i(double x) { return x != x ? 0 : convert_int_sat_rtz(x); }
      long j_d2l(double x) { return x != x ? 0 : convert_long_sat_rtz(x); }
      double j_max_d(double a, double b) {
        return a != a ? a : a == 0 && b == 0 ? (signbit(a) ? b : a) : a >= b ? a : b;
      }
      double j_min_d(double a, double b) {
        return a != a ? a : a == 0 && b == 0 ? (signbit(a) ? a : b) : a <= b ? a : b;
      }
      long j_round_d(double x) { double r = floor(x); return j_d2l(x - r >= 0.5 ? r + 1 : r); }
      double j_signum_d(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x; }
      """;

  /// Division of integers, after `j_zero(self, line)`, which takes note of a division by zero.
  static final String DIVISION =
      """
      int j_div_i(Self *self, int a, int b, int line) {
        if (b == 0) { j_zero(self, line); return 0; }
        return b == -1 ? (int)(0u - (uint)a) : a / b;
      }
      int j_rem_i(Self *self, int a, int b, int line) {
        if (b == 0) { j_zero(self, line); return 0; }
        return b == -1 ? 0 : a % b;
      }
      long j_div_l(Self *self, long a, long b, int line) {
        if (b == 0) { j_zero(self, line); return 0; }
        return b == -1 ? (long)(0ul - (ulong)a) : a / b;
      }
      long j_rem_l(Self *self, long a, long b, int line) {
        if (b == 0) { j_zero(self, line); return 0; }
        return b == -1 ? 0 : a % b;
      }
      int j_floor_div(Self *self, int a, int b, int line) {
        int q = j_div_i(self, a, b, line);
        return b != 0 && (a ^ b) < 0 && (int)((uint)q * (uint)b) != a ? q - 1 : q;
      }
      int j_floor_mod(Self *self, int a, int b, int line) {
        int r = j_rem_i(self, a, b, line);
        return r != 0 && (r ^ b) < 0 ? r + b : r;
      }
      """;

  /// Ids where the range has groups; the first dimension of Java is the last of OpenCL. `RANK` is
  /// the number of dimensions.
  static final String GROUPS =
      """
      int global_id(Self *self, int d) { return (int)get_global_id(RANK - 1 - d); }
      int local_id(Self *self, int d) { return (int)get_local_id(RANK - 1 - d); }
      int group_id(Self *self, int d) { return (int)get_group_id(RANK - 1 - d); }
      int global_range(Self *self, int d) { return (int)get_global_size(RANK - 1 - d); }
      int local_range(Self *self, int d) { return (int)get_local_size(RANK - 1 - d); }
      int group_range(Self *self, int d) { return (int)get_num_groups(RANK - 1 - d); }
      """;

  /// Ids where each work-item is its own group, whatever groups the device makes.
  static final String NO_GROUPS =
      """
      int global_id(Self *self, int d) { return (int)get_global_id(RANK - 1 - d); }
      int local_id(Self *self, int d) { return 0; }
      int group_id(Self *self, int d) { return (int)get_global_id(RANK - 1 - d); }
      int global_range(Self *self, int d) {
        return d == 0 ? self->range_0 : d == 1 ? self->range_1 : self->range_2;
      }
      int local_range(Self *self, int d) { return 1; }
      int group_range(Self *self, int d) { return global_range(self, d); }
      """;

  /// Row-major ids among all.
  static final String LINEAR =
      """
      int global_index(Self *self) {
        int id = global_id(self, 0);
        for (int d = 1; d < RANK; d++) id = id * global_range(self, d) + global_id(self, d);
        return id;
      }
      int local_index(Self *self) {
        int id = local_id(self, 0);
        for (int d = 1; d < RANK; d++) id = id * local_range(self, d) + local_id(self, d);
        return id;
      }
      int group_index(Self *self) {
        int id = group_id(self, 0);
        for (int d = 1; d < RANK; d++) id = id * group_range(self, d) + group_id(self, d);
        return id;
      }
      """;
}
