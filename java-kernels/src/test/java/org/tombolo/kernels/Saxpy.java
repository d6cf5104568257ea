package org.tombolo.kernels;

import java.util.List;
import java.util.Optional;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;

/// `y = a * x + y`, the kernel of the documentation.
final class Saxpy extends Kernel {
  private final float a;
  private final Floats.Reader x = new Floats.Reader();
  private final Floats.ReadWriter y = new Floats.ReadWriter();

  Saxpy(float a) {
    this.a = a;
  }

  @Override
  protected List<TensorType> results(List<TensorType> operands) {
    return List.of(operands.get(1));
  }

  @Override
  protected void run(Item item) {
    int i = item.globalId(0);
    y.set(i, a * x.get(i) + y.get(i));
  }

  @Override
  protected List<Optional<Node>> gradient(List<Node> operands, List<Node> results, List<Node> dys) {
    Node dy = dys.getFirst();
    return List.of(Optional.of(dy.mul(a)), Optional.of(dy));
  }
}
