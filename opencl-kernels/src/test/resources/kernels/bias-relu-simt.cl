/* loop [Input[index=0], Input[index=1], Output[index=0]], global [2304], local [256] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void loop(
    global const char *in0_base, const long in0_at,
    global const char *in1_base, const long in1_at,
    global char *out0_base, const long out0_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global const float *in1 = (global const float *)(in1_base + in1_at);
  global float *out0 = (global float *)(out0_base + out0_at);
  const int item = get_global_id(0);
  if (item < 2145) {
    const int c1 = (item) % 65;
    const int c0 = item / 65;
    const float v0 = in0[c0 * 65 + c1];
    const float v1 = in1[c1];
    const float v2 = v0 + v1;
    const float v3 = (float)(0x0.0p0f);
    const float v4 = (((v2 > v3) | (v2 != v2)) ? v2 : v3);
    out0[c0 * 65 + c1] = v4;
  }
}
