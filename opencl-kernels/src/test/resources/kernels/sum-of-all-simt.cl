/* fold [Input[index=0], Scratch[offset=0, bytes=292]], global [18688], local [256] */
#pragma OPENCL FP_CONTRACT OFF
kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void fold(
    global const char *in0_base, const long in0_at,
    global char *out_base, const long out_at) {
  global const float *in0 = (global const float *)(in0_base + in0_at);
  global float *out = (global float *)(out_base + out_at);
  local float tree[256];
  const int lane = get_local_id(0);
  const int item = get_group_id(0);
  const int part = item / 1;
  const int rest = item % 1;
  const int begin = part * 4110;
  const int end = min(begin + 4110, (int)300000);
  float sum = (float)(0x0.0p0f);
  for (int at = begin + lane; at < end; at += 256) {
    const int c0 = at;
    const float v0 = in0[c0];
    sum = sum + v0;
  }
  tree[lane] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = 128; half_size > 0; half_size /= 2) {
    if (lane < half_size) {
      const float other = tree[lane + half_size];
      sum = sum + other;
      tree[lane] = sum;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (lane == 0) {
    out[part * 1 + 0] = sum;
  }
}

/* fold [Scratch[offset=0, bytes=292], Output[index=0]], global [64], local [64] */
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
  float sum = (float)(0x0.0p0f);
  for (int at = 0 + lane; at < 73; at += 64) {
    const int c0 = at;
    const float v0 = in0[c0];
    sum = sum + v0;
  }
  tree[lane] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = 32; half_size > 0; half_size /= 2) {
    if (lane < half_size) {
      const float other = tree[lane + half_size];
      sum = sum + other;
      tree[lane] = sum;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (lane == 0) {
    out[0] = sum;
  }
}
