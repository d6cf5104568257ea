package org.tombolo.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.CustomKernel;
import org.tombolo.device.HostProgram;
import org.tombolo.device.SourceProgram;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Node;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.OpenClKernel.Access;

/// A kernel in OpenCL C with its range, as an operation.
///
/// @param kernel source and parameters
/// @param range work-items, in OpenCL's dimensions
/// @param signature the source as drivers get it
/// @param java the same in Java; null if there is none
record SourceCall(
    OpenClKernel kernel, Range range, KernelSignature signature, @Nullable KernelCall java)
    implements CustomKernel {

  static SourceCall of(OpenClKernel kernel, Range range) {
    KernelSignature signature = KernelSignature.of(kernel);
    if (kernel.accessors().stream().noneMatch(Access::writes)) {
      throw new KernelException(
          "kernel %s: no parameter is written; need a result".formatted(kernel.name()),
          ".writes(\"y\", TensorType.f32(n))");
    }
    Kernel java = kernel.java();
    return new SourceCall(
        kernel, range, signature, java == null ? null : KernelCall.of(java, range));
  }

  @Override
  public String name() {
    return kernel.name();
  }

  private List<Access> operands() {
    return kernel.accessors().stream().filter(Access::reads).toList();
  }

  private List<Access> results() {
    return kernel.accessors().stream().filter(Access::writes).toList();
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    List<Access> operands = operands();
    boolean fits = in.size() == operands.size();
    for (int i = 0; fits && i < in.size(); i++) {
      fits = in.get(i).dtype() == operands.get(i).dtype();
    }
    if (!fits) {
      throw new ShapeException(
          "kernel %s: operands are %s; need %s"
              .formatted(
                  name(),
                  in,
                  operands.stream().map(each -> each.dtype() + " " + each.name()).toList()),
          "an operand for each parameter that is read, in the order of their declaration");
    }
    List<TensorType> out = new ArrayList<>();
    for (Access result : results()) {
      out.add(result.result().orElseGet(() -> in.get(operands.indexOf(result))));
    }
    return out;
  }

  @Override
  public OptionalInt initial(int result) {
    Access access = results().get(result);
    return access.reads() ? OptionalInt.of(operands().indexOf(access)) : OptionalInt.empty();
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> in) {
    if (java == null) {
      throw new KernelException(
          "kernel %s: has no form in Java; need one where there is no OpenCL".formatted(name()),
          "orInJava(kernel)");
    }
    return java.evaluate(in);
  }

  @Override
  public Cost cost(List<TensorType> in) {
    return KernelCall.cost(range, kernel.flopsPerItem(), in, infer(in));
  }

  @Override
  public List<Optional<Node>> gradient(List<Node> in, List<Node> results, List<Node> dys) {
    OpenClKernel.Gradient rule = kernel.gradient();
    return rule == null ? CustomKernel.super.gradient(in, results, dys) : rule.of(in, results, dys);
  }

  @Override
  public Form<HostProgram> hostProgram(List<TensorType> in) {
    return java == null
        ? new Form.Missing<>("kernel %s is OpenCL C and has no form in Java".formatted(name()))
        : java.hostProgram(in);
  }

  @Override
  public Form<SourceProgram> sourceProgram(List<TensorType> in) {
    return new Form.Given<>(
        new SourceProgram(
            name(),
            name(),
            signature.text(),
            signature.params(),
            range.global(),
            range.local(),
            false,
            signature.usesDoubles(),
            true,
            Optional.empty()));
  }
}
