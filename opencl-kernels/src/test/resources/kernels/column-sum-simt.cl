/* fold [Input[index=0], Scratch[offset=0, bytes=1120]], global [512], local [256] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  const int item = get_global_id(0);
  if (item < 280) {
    const int part = item / 70;
    const int rest = item % 70;
    const int begin = part * 75;
    const int end = min(begin + 75, (int)300);
    const int c1 = rest;
    float sum = (float)(0x0.0p0f);
    for (int at = begin + 0; at < end; at += 1) {
      const int c0 = at;
      const float v0 = in0[c0 * 70 + c1];
      sum = sum + v0;
    }
    out[part * 70 + c1] = sum;
  }
}

/* fold [Scratch[offset=0, bytes=1120], Output[index=0]], global [256], local [256] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  const int item = get_global_id(0);
  if (item < 70) {
    const int rest = item;
    const int c1 = rest;
    float sum = (float)(0x0.0p0f);
    for (int at = 0 + 0; at < 4; at += 1) {
      const int c0 = at;
      const float v0 = in0[c0 * 70 + c1];
      sum = sum + v0;
    }
    out[c1] = sum;
  }
}
