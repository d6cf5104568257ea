/* loop [Input[index=0], Input[index=1], Output[index=0]], global [320], local [64] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void loop(
    global const char *in0_base, const long in0_at,
    global const char *in1_base, const long in1_at,
    global char *out0_base, const long out0_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global const float *in1 = (global const float *)(in1_base + in1_at);
  global float *out0 = (global float *)(out0_base + out0_at);
  const int item = get_global_id(0);
  if (item < 297) {
    const int row = item / 9;
    const int first = (item % 9) * 8;
    const int c0 = row;
    if (first + 8 <= 65) {
      const int c1 = first;
      const float8 v0 = vload8(0, in0 + (c0 * 65 + c1));
      const float8 v1 = vload8(0, in1 + (c1));
      const float8 v2 = v0 + v1;
      const float8 v3 = (float8)(0x0.0p0f);
      const float8 v4 = select(v3, v2, as_int8((v2 > v3) | (v2 != v2)));
      vstore8(v4, 0, out0 + (c0 * 65 + c1));
    } else {
      for (int c1 = first; c1 < 65; c1++) {
        const float v0 = in0[c0 * 65 + c1];
        const float v1 = in1[c1];
        const float v2 = v0 + v1;
        const float v3 = (float)(0x0.0p0f);
        const float v4 = (((v2 > v3) | (v2 != v2)) ? v2 : v3);
        out0[c0 * 65 + c1] = v4;
      }
    }
  }
}
