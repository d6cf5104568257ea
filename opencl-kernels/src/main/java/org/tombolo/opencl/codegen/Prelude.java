package org.tombolo.opencl.codegen;

/// Functions that generated kernels call, written for one number of lanes at a time. A text is put
/// ahead of a kernel where the kernel mentions its name.
final class Prelude {
  /// Reals of 16 bits from their bits, and the bits of what was rounded to them, ties to even. Both
  /// go through private memory, which compilers turn into a conversion: several lanes of global
  /// memory PoCL 3.1 takes for aligned where OpenCL promises only the alignment of one, and
  /// crashes.
  private static final String HALF_FLOAT =
      """
      static float@ half_float@(const ushort@ bits) {
        return vload_half@(0, (const half *)&bits);
      }
      """;

  private static final String HALF_BITS =
      """
      static ushort@ half_bits@(const float@ x) {
        ushort@ bits;
        vstore_half@_rte(x, 0, (half *)&bits);
        return bits;
      }
      """;

  private static final String ROUND_HALF =
      """
      static float@ round_half@(const float@ x) {
        return half_float@(half_bits@(x));
      }
      """;

  /// The upper half of a float, rounded to nearest, ties to even; NaN stays NaN.
  private static final String BF16_BITS =
      """
      static ushort@ bf16_bits@(const float@ x) {
        const uint@ b = as_uint@(x);
        const uint@ near = (b + 0x7fffu + ((b >> 16) & 1u)) >> 16;
        const uint@ nan = (b >> 16) | 0x40u;
        return convert_ushort@(select(near, nan, (x != x)));
      }
      """;

  private static final String ROUND_BF16 =
      """
      static float@ round_bf16@(const float@ x) {
        return as_float@(convert_uint@(bf16_bits@(x)) << 16);
      }
      """;

  /// Floats whose last bit is odd wherever they are not exact, so that rounding them once more
  /// gives what rounding once would have (Boldo and Melquiond, IEEE Trans. Computers 57(4), 2008).
  private static final String ODD =
      """
      static float@ odd_from_$@(const $@ x) {
        const float@ cut = convert_float@_rtz(x);
        const uint@ bits = as_uint@(cut);
        return as_float@(select(bits, bits | 1u, convert_int@(INEXACT)));
      }
      """;

  /// Philox 4x32-10 (Salmon et al., SC 2011): word `at % 4` of block `at / 4`.
  private static final String PHILOX =
      """
      static int@ philox@(const long seed, const long stream, const long@ at) {
        uint@ c0 = convert_uint@(at >> 2);
        uint@ c1 = convert_uint@(at >> 34);
        uint@ c2 = (uint@)((uint)stream);
        uint@ c3 = (uint@)((uint)(stream >> 32));
        uint k0 = (uint)seed;
        uint k1 = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++) {
          const uint@ left_high = mul_hi((uint@)(0xD2511F53u), c0);
          const uint@ left_low = c0 * 0xD2511F53u;
          const uint@ right_high = mul_hi((uint@)(0xCD9E8D57u), c2);
          const uint@ right_low = c2 * 0xCD9E8D57u;
          c0 = right_high ^ c1 ^ k0;
          c1 = right_low;
          c2 = left_high ^ c3 ^ k1;
          c3 = left_low;
          k0 += 0x9E3779B9u;
          k1 += 0xBB67AE85u;
        }
        const int@ word = convert_int@(at) & 3;
        const int@ odd = (word & 1) != 0;
        const int@ upper = (word & 2) != 0;
        return as_int@(select(select(c0, c1, odd), select(c2, c3, odd), upper));
      }
      """;

  /// A function of each lane by itself.
  private static final String EACH =
      """
      static $@ FN_each_$@(const $@ x) {
        $ lanes[@];
        vstore@(x, 0, lanes);
        for (int i = 0; i < @; i++) lanes[i] = FN(lanes[i]);
        return vload@(0, lanes);
      }
      """;

  /// A function of each pair of lanes by itself.
  private static final String EACH_PAIR =
      """
      static $@ NAME$@(const $@ x, const $@ y) {
        $ xs[@];
        $ ys[@];
        vstore@(x, 0, xs);
        vstore@(y, 0, ys);
        for (int i = 0; i < @; i++) xs[i] = FN(xs[i], ys[i]);
        return vload@(0, xs);
      }
      """;

  /// The exact remainder, by long division of the digits in base two. It calls no function of the
  /// platform: PoCL 3.1 does not return from some calls of `fmod`, and the `ldexp` of Mesa 22.3
  /// knows no denormals.
  private static final String REMAINDER =
      """
      static $ remainder_$(const $ x, const $ y) {
        const BITS sign = as_BITS(x) & ((BITS)1 << (DIGITS + WIDTH));
        const BITS infinity = (((BITS)1 << WIDTH) - 1) << DIGITS;
        const BITS leading = (BITS)1 << DIGITS;
        BITS a = as_BITS(fabs(x));
        BITS b = as_BITS(fabs(y));
        if (a >= infinity || b > infinity || b == 0) return ($)NAN;
        if (a < b) return x;
        int i = (int)(a >> DIGITS);
        int k = (int)(b >> DIGITS);
        a = i == 0 ? a : ((a & (leading - 1)) | leading);
        b = k == 0 ? b : ((b & (leading - 1)) | leading);
        i = max(i, 1);
        k = max(k, 1);
        for (; a < leading; i--) a <<= 1;
        for (; b < leading; k--) b <<= 1;
        for (; i > k; i--) {
          if (a >= b) a -= b;
          a <<= 1;
        }
        if (a >= b) a -= b;
        if (a == 0) return as_$(sign);
        for (; a < leading && k > 1; k--) a <<= 1;
        if (k < 1) {
          a >>= 1 - k;
          k = 1;
        }
        return as_$(sign | (a + ((BITS)(k - 1) << DIGITS)));
      }
      """;

  private Prelude() {}

  /// A kernel with everything that it needs ahead of it.
  static String complete(String kernel) {
    StringBuilder head = new StringBuilder();
    if (kernel.contains("double")) {
      head.append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n");
    }
    head.append("#pragma OPENCL FP_CONTRACT OFF\n");
    for (String type : new String[] {"float", "double"}) {
      if (kernel.contains("remainder_" + type)) {
        boolean single = type.equals("float");
        head.append(
            REMAINDER
                .replace("$", type)
                .replace("BITS", single ? "uint" : "ulong")
                .replace("DIGITS", single ? "23" : "52")
                .replace("WIDTH", single ? "8" : "11"));
      }
    }
    for (int width : new int[] {1, 2, 4, 8, 16}) {
      String lanes = width == 1 ? "" : Integer.toString(width);
      boolean rounded = kernel.contains("round_bf16" + lanes + "(");
      boolean halved = kernel.contains("round_half" + lanes + "(");
      add(head, kernel, "half_float", HALF_FLOAT, lanes, halved);
      add(head, kernel, "half_bits", HALF_BITS, lanes, halved);
      add(head, kernel, "round_half", ROUND_HALF, lanes, false);
      add(head, kernel, "bf16_bits", BF16_BITS, lanes, rounded);
      add(head, kernel, "round_bf16", ROUND_BF16, lanes, false);
      add(head, kernel, "odd_from_int", odd("int", "convert_int@_sat_rtz(cut) != x"), lanes, false);
      add(
          head,
          kernel,
          "odd_from_long",
          odd("long", "convert_long@_sat_rtz(cut) != x"),
          lanes,
          false);
      add(
          head,
          kernel,
          "odd_from_double",
          odd("double", "(convert_double@(cut) != x) & (x == x)"),
          lanes,
          false);
      add(head, kernel, "philox", PHILOX, lanes, false);
      if (width > 1) {
        for (String type : new String[] {"float", "double"}) {
          String pairs = EACH_PAIR.replace("$", type);
          add(
              head,
              kernel,
              "remainder_" + type,
              pairs.replace("NAME", "remainder_").replace("FN", "remainder_" + type),
              lanes,
              false);
          add(
              head,
              kernel,
              "pow_each_" + type,
              pairs.replace("NAME", "pow_each_").replace("FN", "pow"),
              lanes,
              false);
          for (String fn : new String[] {"sin", "cos"}) {
            String each = EACH.replace("$", type).replace("FN", fn);
            add(head, kernel, fn + "_each_" + type, each, lanes, false);
          }
        }
      }
    }
    return head.append(kernel).toString();
  }

  private static String odd(String type, String inexact) {
    return ODD.replace("$", type).replace("INEXACT", inexact);
  }

  private static void add(
      StringBuilder head, String kernel, String name, String text, String lanes, boolean always) {
    if (always || kernel.contains(name + lanes + "(")) {
      head.append(text.replace("@", lanes));
    }
  }
}
