/* fold [Input[index=0], Output[index=0]], global [3], local [1] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  const int item = get_global_id(0);
  if (item < 3) {
    const int rest = item;
    const int row = rest / 3;
    const int first = rest % 3 * 32;
    if (first + 32 <= 70) {
      float8 sum0 = (float8)(0x0.0p0f);
      float8 sum1 = (float8)(0x0.0p0f);
      float8 sum2 = (float8)(0x0.0p0f);
      float8 sum3 = (float8)(0x0.0p0f);
      for (int c0 = 0; c0 < 300; c0++) {
        {
          const int c1 = first + 0;
          const float8 v0 = vload8(0, in0 + (c0 * 70 + c1));
          sum0 = sum0 + v0;
        }
        {
          const int c1 = first + 8;
          const float8 v0 = vload8(0, in0 + (c0 * 70 + c1));
          sum1 = sum1 + v0;
        }
        {
          const int c1 = first + 16;
          const float8 v0 = vload8(0, in0 + (c0 * 70 + c1));
          sum2 = sum2 + v0;
        }
        {
          const int c1 = first + 24;
          const float8 v0 = vload8(0, in0 + (c0 * 70 + c1));
          sum3 = sum3 + v0;
        }
      }
      {
        const int c1 = first + 0;
        vstore8(sum0, 0, out + (c1));
      }
      {
        const int c1 = first + 8;
        vstore8(sum1, 0, out + (c1));
      }
      {
        const int c1 = first + 16;
        vstore8(sum2, 0, out + (c1));
      }
      {
        const int c1 = first + 24;
        vstore8(sum3, 0, out + (c1));
      }
    } else {
      int at = first;
      for (; at + 8 <= 70; at += 8) {
        float8 sum0 = (float8)(0x0.0p0f);
        for (int c0 = 0; c0 < 300; c0++) {
          {
            const int c1 = at + 0;
            const float8 v0 = vload8(0, in0 + (c0 * 70 + c1));
            sum0 = sum0 + v0;
          }
        }
        {
          const int c1 = at + 0;
          vstore8(sum0, 0, out + (c1));
        }
      }
      for (; at < 70; at++) {
        float sum0 = (float)(0x0.0p0f);
        for (int c0 = 0; c0 < 300; c0++) {
          {
            const int c1 = at + 0;
            const float v0 = in0[c0 * 70 + c1];
            sum0 = sum0 + v0;
          }
        }
        {
          const int c1 = at + 0;
          out[c1] = sum0;
        }
      }
    }
  }
}
