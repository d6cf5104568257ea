/* slide [Input[index=0], Output[index=0]], global [512], local [256] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void slide(
    global const char *x_base, const long x_at,
    global char *out_base, const long out_at) {
  global const float *x = (global const float *)(x_base + x_at);
  global float *out = (global float *)(out_base + out_at);
  const long item = get_global_id(0);
  if (item < 440) {
    const long c3 = (item) % 11;
    const long c2 = (item / 11) % 5;
    const long c1 = (item / 55) % 4;
    const long c0 = item / 220;
    float sum = (float)(-INFINITY);
    const long i0 = c0;
    for (long k1 = 0; k1 < 2; k1++) {
      const long pi1 = c1 * 2 + k1 * 1 - (0);
      if (pi1 < 0 || pi1 >= 8) continue;
      const long i1 = pi1 / 1;
      for (long k2 = 0; k2 < 3; k2++) {
        const long pi2 = c2 * 2 + k2 * 1 - (1);
        if (pi2 < 0 || pi2 >= 9) continue;
        const long i2 = pi2 / 1;
        const long i3 = c3;
        const float v = x[i0 * 792 + i1 * 99 + i2 * 11 + i3];
        sum = (((sum > v) | (sum != sum)) ? sum : v);
      }
    }
    out[c0 * 220 + c1 * 55 + c2 * 11 + c3] = sum;
  }
}
