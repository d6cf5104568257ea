package org.tombolo.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/// The part of the library's C interface that is used here.
///
/// Objects of the library are addresses. Each is destroyed when its address is no longer reachable,
/// so whoever executes a primitive keeps what it was made of.
final class Dnnl {
  /// An argument of a primitive: `int` and an address.
  static final long ARGUMENT_BYTES = 16;

  static final int SOURCE = 1;
  static final int DESTINATION = 17;
  static final int WEIGHTS = 33;
  static final int SCRATCHPAD = 80;
  static final int DIFF_SOURCE = 129;
  static final int DIFF_DESTINATION = 145;
  static final int DIFF_WEIGHTS = 161;

  /// What a primitive can be asked for.
  enum Query {
    SOURCE(129),
    DIFF_SOURCE(130),
    WEIGHTS(131),
    DIFF_WEIGHTS(132),
    DESTINATION(133),
    DIFF_DESTINATION(134),
    SCRATCHPAD(136);

    private final int code;

    Query(int code) {
      this.code = code;
    }
  }

  private static final int CPU = 1;
  private static final int IN_ORDER = 1;
  private static final int F32 = 3;
  private static final int ANY_FORMAT = 1;
  private static final int USER_SCRATCHPAD = 1;
  private static final int INFERENCE = 96;
  private static final int TRAINING = 64;
  private static final int DIRECT = 1;

  private static final int IMPLEMENTATION = 8;
  private static final int LONGEST_NAME = 256;

  private static final int SUCCESS = 0;

  private final Linker linker = Linker.nativeLinker();
  private final SymbolLookup functions;
  private final MethodHandle setThreads;
  private final MethodHandle execute;
  private final MethodHandle setHandle;
  private final MethodHandle memoryCreate;
  private final MethodHandle primitiveCreate;
  private final MethodHandle describeStrides;
  private final MethodHandle describeTag;
  private final MethodHandle describedSize;
  private final MethodHandle describedEqual;
  private final MethodHandle queryDescription;
  private final MethodHandle query;
  private final MethodHandle reorder;
  private final MethodHandle product;
  private final MethodHandle convForward;
  private final MethodHandle convToImages;
  private final MethodHandle convToKernel;
  private final MethodHandle destroyMemory;
  private final MethodHandle destroyPrimitive;
  private final MethodHandle destroyDescription;
  private final MethodHandle destroyPrimitiveDescription;
  private final MemorySegment engine;
  private final MemorySegment stream;
  private final MemorySegment attributes;

  /// @param functions of the loaded library and its OpenMP
  Dnnl(SymbolLookup functions) {
    this.functions = functions;
    setThreads = handle("omp_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
    execute = call("dnnl_primitive_execute", "ppip");
    setHandle = call("dnnl_memory_set_data_handle", "pp");
    memoryCreate = call("dnnl_memory_create", "pppp");
    primitiveCreate = call("dnnl_primitive_create", "pp");
    describeStrides = call("dnnl_memory_desc_create_with_strides", "pipip");
    describeTag = call("dnnl_memory_desc_create_with_tag", "pipii");
    describedSize = handle("dnnl_memory_desc_get_size", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    describedEqual = call("dnnl_memory_desc_equal", "pp");
    queryDescription =
        handle(
            "dnnl_primitive_desc_query_md",
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
    query = call("dnnl_primitive_desc_query", "piip");
    reorder = call("dnnl_reorder_primitive_desc_create", "pppppp");
    product = call("dnnl_matmul_primitive_desc_create", "ppppppp");
    convForward = call("dnnl_convolution_forward_primitive_desc_create", "ppiippppppppp");
    convToImages = call("dnnl_convolution_backward_data_primitive_desc_create", "ppippppppppp");
    convToKernel = call("dnnl_convolution_backward_weights_primitive_desc_create", "ppipppppppppp");
    destroyMemory = call("dnnl_memory_destroy", "p");
    destroyPrimitive = call("dnnl_primitive_destroy", "p");
    destroyDescription = call("dnnl_memory_desc_destroy", "p");
    destroyPrimitiveDescription = call("dnnl_primitive_desc_destroy", "p");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(ADDRESS);
      check("engine", (int) call("dnnl_engine_create", "pil").invokeExact(to, CPU, 0L));
      engine = to.get(ADDRESS, 0);
      check("stream", (int) call("dnnl_stream_create", "ppi").invokeExact(to, engine, IN_ORDER));
      stream = to.get(ADDRESS, 0);
      check("attributes", (int) call("dnnl_primitive_attr_create", "p").invokeExact(to));
      attributes = to.get(ADDRESS, 0);
      check(
          "scratchpad",
          (int)
              call("dnnl_primitive_attr_set_scratchpad_mode", "pi")
                  .invokeExact(attributes, USER_SCRATCHPAD));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// A function that gives a status.
  ///
  /// @param parameters a letter for each: `p` an address, `i` an `int`, `l` a `long`
  private MethodHandle call(String name, String parameters) {
    MemoryLayout[] layouts =
        parameters
            .chars()
            .mapToObj(letter -> letter == 'p' ? ADDRESS : letter == 'i' ? JAVA_INT : JAVA_LONG)
            .toArray(MemoryLayout[]::new);
    return handle(name, FunctionDescriptor.of(JAVA_INT, layouts));
  }

  @SuppressWarnings("restricted")
  private MethodHandle handle(String name, FunctionDescriptor type) {
    return linker.downcallHandle(functions.findOrThrow(name), type);
  }

  /// The memory of a tensor.
  MemorySegment description(Layout layout) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment dims = longs(arena, layout.dims());
      MemorySegment strides = longs(arena, layout.strides());
      return made(
          "memory " + layout,
          destroyDescription,
          to -> (int) describeStrides.invokeExact(to, layout.rank(), dims, F32, strides));
    }
  }

  /// A tensor in the form that a primitive likes best.
  MemorySegment anyDescription(Layout layout) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment dims = longs(arena, layout.dims());
      return made(
          "memory " + layout,
          destroyDescription,
          to -> (int) describeTag.invokeExact(to, layout.rank(), dims, F32, ANY_FORMAT));
    }
  }

  long bytes(MemorySegment description) {
    try {
      return (long) describedSize.invokeExact(description);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  boolean equal(MemorySegment one, MemorySegment other) {
    try {
      return (int) describedEqual.invokeExact(one, other) != 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// What a primitive wants an argument to be; valid as long as the primitive's description.
  MemorySegment wanted(MemorySegment primitiveDescription, Query what) {
    try {
      return (MemorySegment) queryDescription.invokeExact(primitiveDescription, what.code, 0);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// A copy from one form to another.
  Optional<MemorySegment> reorder(MemorySegment from, MemorySegment to) {
    return primitiveDescription(
        result -> (int) reorder.invokeExact(result, from, engine, to, engine, attributes));
  }

  /// A product of matrices.
  Optional<MemorySegment> product(MemorySegment a, MemorySegment b, MemorySegment out) {
    return primitiveDescription(result ->
        (int) product.invokeExact(result, engine, a, b, MemorySegment.NULL, out, attributes));
  }

  /// A pass of a convolution; which of its descriptions are results depends on the pass.
  Optional<MemorySegment> convolution(
      ConvLayouts layouts, MemorySegment images, MemorySegment kernel, MemorySegment places) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stride = longs(arena, layouts.stride());
      MemorySegment dilation = longs(arena, layouts.dilation());
      MemorySegment low = longs(arena, layouts.padLow());
      MemorySegment high = longs(arena, layouts.padHigh());
      boolean forward = layouts.pass() == ConvLayouts.Pass.FORWARD;
      int kind = forward ? INFERENCE : TRAINING;
      Optional<MemorySegment> hint =
          primitiveDescription(result ->
              (int)
                  convForward.invokeExact(
                      result,
                      engine,
                      kind,
                      DIRECT,
                      images,
                      kernel,
                      MemorySegment.NULL,
                      places,
                      stride,
                      dilation,
                      low,
                      high,
                      attributes));
      if (hint.isEmpty()) {
        return hint;
      }
      MemorySegment of = hint.get();
      return switch (layouts.pass()) {
        case FORWARD -> hint;
        case TO_IMAGES ->
            primitiveDescription(result ->
                (int)
                    convToImages.invokeExact(
                        result,
                        engine,
                        DIRECT,
                        images,
                        kernel,
                        places,
                        stride,
                        dilation,
                        low,
                        high,
                        of,
                        attributes));
        case TO_KERNEL ->
            primitiveDescription(result ->
                (int)
                    convToKernel.invokeExact(
                        result,
                        engine,
                        DIRECT,
                        images,
                        kernel,
                        MemorySegment.NULL,
                        places,
                        stride,
                        dilation,
                        low,
                        high,
                        of,
                        attributes));
      };
    }
  }

  /// A call that stores the address of a new object.
  private interface Making {
    int into(MemorySegment result) throws Throwable;
  }

  /// A primitive's description; nothing if the library has no such primitive, or only its slow
  /// reference of it.
  private Optional<MemorySegment> primitiveDescription(Making making) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(ADDRESS);
      if (making.into(to) != SUCCESS) {
        return Optional.empty();
      }
      MemorySegment made = owned(to, destroyPrimitiveDescription);
      return implementation(made).startsWith("ref") ? Optional.empty() : Optional.of(made);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// The library's name for what it would run.
  @SuppressWarnings("restricted")
  private String implementation(MemorySegment description) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(ADDRESS);
      check("name", (int) query.invokeExact(description, IMPLEMENTATION, 0, to));
      return to.get(ADDRESS, 0).reinterpret(LONGEST_NAME).getString(0);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Code for a primitive.
  MemorySegment primitive(MemorySegment description) {
    return made(
        "primitive", destroyPrimitive, to -> (int) primitiveCreate.invokeExact(to, description));
  }

  /// A tensor whose place in memory is said later.
  MemorySegment memory(MemorySegment description) {
    return made(
        "memory",
        destroyMemory,
        to -> (int) memoryCreate.invokeExact(to, description, engine, MemorySegment.NULL));
  }

  /// An object that the library has for sure.
  private static MemorySegment made(String what, MethodHandle destroy, Making making) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(ADDRESS);
      check(what, making.into(to));
      return owned(to, destroy);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Says where a tensor lies.
  void place(MemorySegment memory, MemorySegment at) {
    try {
      check("memory", (int) setHandle.invokeExact(memory, at));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// How many threads the primitives that this thread makes and executes from now on use.
  void useThreads(int threads) {
    try {
      setThreads.invokeExact(threads);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Runs a primitive to its end.
  void execute(MemorySegment primitive, int count, MemorySegment arguments) {
    try {
      check("execute", (int) execute.invokeExact(primitive, stream, count, arguments));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MemorySegment longs(Arena arena, List<Long> values) {
    return arena.allocateFrom(JAVA_LONG, values.stream().mapToLong(Long::longValue).toArray());
  }

  /// The object at an address, destroyed when nobody can reach it any more.
  @SuppressWarnings({"MustBeClosedChecker", "restricted"}) // closed by the garbage collector
  private static MemorySegment owned(MemorySegment to, MethodHandle destroy) {
    return to.get(ADDRESS, 0)
        .reinterpret(
            0,
            Arena.ofAuto(),
            address -> {
              try {
                int _ = (int) destroy.invokeExact(address);
              } catch (Throwable e) {
                throw unexpected(e);
              }
            });
  }

  private static void check(String what, int code) {
    if (code != SUCCESS) {
      throw new IllegalStateException("onednn: %s: status %d".formatted(what, code));
    }
  }

  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
  }
}
