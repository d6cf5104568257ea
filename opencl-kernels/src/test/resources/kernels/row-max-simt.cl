/* fold [Input[index=0], Output[index=0]], global [320], local [64] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  local float tree[64];
  const int lane = get_local_id(0);
  const int item = get_group_id(0);
  const int rest = item;
  const int c0 = rest;
  float sum = (float)(-INFINITY);
  for (int at = 0 + lane; at < 300; at += 64) {
    const int c1 = at;
    const float v0 = in0[c0 * 300 + c1];
    sum = (((sum > v0) | (sum != sum)) ? sum : v0);
  }
  tree[lane] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = 32; half_size > 0; half_size /= 2) {
    if (lane < half_size) {
      const float other = tree[lane + half_size];
      sum = (((sum > other) | (sum != sum)) ? sum : other);
      tree[lane] = sum;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (lane == 0) {
    out[c0] = sum;
  }
}
