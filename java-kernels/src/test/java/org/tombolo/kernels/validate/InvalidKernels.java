package org.tombolo.kernels.validate;

import java.util.List;
import java.util.function.IntUnaryOperator;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Floats;
import org.tombolo.kernels.Ints;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.Kernel;

/// Kernels that cannot run on a device. A line with `// !` is one that a message must name.
@SuppressWarnings({"all", "fallthrough", "lossy-conversions"}) // it is about what others avoid
public final class InvalidKernels {
  private InvalidKernels() {}

  record Point(int x, int y) {}

  static final class Cell {
    int value;

    int twice() {
      return 2 * value;
    }
  }

  enum Color {
    RED,
    GREEN
  }

  interface Shift {
    default int shifted(int v) {
      return v + 1;
    }
  }

  static int changing;
  static final int[] TABLE = {1, 2, 3};

  /// What the others have in common; a class in another loader extends it, too.
  public abstract static class Base extends Kernel {
    final Ints.Reader in = new Ints.Reader();
    final Ints.Writer out = new Ints.Writer();

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return operands;
    }
  }

  // What is made.

  static final class NewArray extends Base {
    @Override
    protected void run(Item item) {
      int[] line = new int[3]; // !
      line[0] = in.get(item.globalId(0));
      out.set(item.globalId(0), line[0]);
    }
  }

  static final class NewTable extends Base {
    @Override
    protected void run(Item item) {
      float[][] table = new float[2][3]; // !
      out.set(item.globalId(0), (int) table[0][1]);
    }
  }

  static final class ArrayLiteral extends Base {
    @Override
    protected void run(Item item) {
      int[] weights = {1, 2, 1}; // !
      out.set(item.globalId(0), weights[1]);
    }
  }

  static final class NewObjects extends Base {
    @Override
    protected void run(Item item) {
      Cell[] cells = new Cell[2]; // !
      out.set(item.globalId(0), cells.length);
    }
  }

  static final class NewObject extends Base {
    @Override
    protected void run(Item item) {
      Cell cell = new Cell(); // !
      cell.value = in.get(0);
      out.set(item.globalId(0), cell.value);
    }
  }

  static final class NewRecord extends Base {
    @Override
    protected void run(Item item) {
      Point p = new Point(1, 2); // !
      out.set(item.globalId(0), p.x());
    }
  }

  static final class VariableArguments extends Base {
    static int sum(int... all) {
      return all.length; // !
    }

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), sum(1, 2, 3)); // !
    }
  }

  static final class Boxes extends Base {
    @Override
    protected void run(Item item) {
      Integer boxed = in.get(0); // !
      out.set(item.globalId(0), boxed);
    }
  }

  static final class ALambda extends Base {
    @Override
    protected void run(Item item) {
      IntUnaryOperator f = v -> v + 1; // !
      out.set(item.globalId(0), f.applyAsInt(in.get(0)));
    }
  }

  static final class MethodReference extends Base {
    @Override
    protected void run(Item item) {
      IntUnaryOperator f = Math::abs; // !
      out.set(item.globalId(0), f.applyAsInt(in.get(0)));
    }
  }

  // Strings.

  static final class JoinsStrings extends Base {
    @Override
    protected void run(Item item) {
      String text = "at " + item.globalId(0); // !
      out.set(item.globalId(0), text.length());
    }
  }

  static final class HasString extends Base {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), "abc".length()); // !
    }
  }

  static final class Prints extends Base {
    @Override
    protected void run(Item item) {
      System.out.println(item.globalId(0)); // !
    }
  }

  // Exceptions and locks.

  static final class Throws extends Base {
    @Override
    protected void run(Item item) {
      if (in.get(0) < 0) {
        throw new IllegalStateException("negative"); // !
      }
    }
  }

  static final class Catches extends Base {
    @Override
    protected void run(Item item) {
      try {
        out.set(item.globalId(0), 1 / in.get(0)); // !
      } catch (ArithmeticException e) {
        out.set(item.globalId(0), 0);
      }
    }
  }

  static final class Finally extends Base {
    @Override
    protected void run(Item item) {
      try {
        out.set(0, in.get(0)); // !
      } finally {
        out.set(1, 1);
      }
    }
  }

  static final class Asserts extends Base {
    @Override
    protected void run(Item item) {
      assert in.get(0) > 0; // !
      out.set(item.globalId(0), 1);
    }
  }

  static final class SynchronizedBlock extends Base {
    @Override
    protected void run(Item item) {
      synchronized (this) { // !
        out.set(0, out.get(0) + 1);
      }
    }
  }

  static final class SynchronizedMethod extends Base {
    private synchronized int next(int v) {
      return v + 1; // !
    }

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), next(1));
    }
  }

  // Calls.

  static final class Recursive extends Base {
    private int factorial(int n) {
      return n < 2 ? 1 : n * factorial(n - 1); // !
    }

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), factorial(5));
    }
  }

  static final class MutuallyRecursive extends Base {
    private boolean even(int n) {
      return n == 0 || odd(n - 1);
    }

    private boolean odd(int n) {
      return n != 0 && even(n - 1); // !
    }

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), even(in.get(0)) ? 1 : 0);
    }
  }

  static final class RunsItself extends Base {
    @Override
    protected void run(Item item) {
      if (in.get(0) > 3) {
        run(item); // !
      }
    }
  }

  static final class UnknownFunction extends Base {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), (int) (Math.random() * 6)); // !
    }
  }

  static final class UnknownLibrary extends Base {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), (int) System.nanoTime()); // !
    }
  }

  static final class NearestRemainder extends Base {
    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      out.set(i, (int) Math.IEEEremainder(in.get(i), 3)); // !
    }
  }

  static final class Degrees extends Base {
    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      out.set(i, (int) Math.toDegrees(in.get(i))); // !
    }
  }

  static final class Tools {
    static int twice(int v) {
      return 2 * v;
    }
  }

  static final class OtherClass extends Base {
    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      out.set(i, Tools.twice(in.get(i))); // !
    }
  }

  static final class NativeMethod extends Base {
    native int magic();

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), magic()); // !
    }
  }

  static final class InterfaceMethod extends Base implements Shift {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), shifted(1)); // !
    }
  }

  static final class TakesString extends Base {
    static int size(String text, int extra) {
      return extra; // !
    }

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), size(null, 3));
    }
  }

  static final class GivesObject extends Base {
    Cell cell() {
      return null; // !
    }

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), cell().twice());
    }
  }

  static final class ItemAsText extends Base {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), item.hashCode()); // !
    }
  }

  // Objects that lie elsewhere.

  static final class FunctionField extends Base {
    final IntUnaryOperator f = v -> v + 1;

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), f.applyAsInt(1)); // !
    }
  }

  static final class RecordField extends Base {
    final Point center = new Point(1, 2);

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), center.x()); // !
    }
  }

  static final class ObjectField extends Base {
    final Cell cell = new Cell();

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), cell.twice()); // !
    }
  }

  static final class ArrayField extends Base {
    final float[] weights = {1, 2, 1};

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), (int) weights[1]); // !
    }
  }

  static final class ObjectsField extends Base {
    final Point[] points = {new Point(1, 2)};

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), points[0].y()); // !
    }
  }

  static final class ListField extends Base {
    final List<Integer> all = List.of(1, 2);

    @Override
    protected void run(Item item) {
      int sum = 0;
      for (int v : all) { // !
        sum += v;
      }
      out.set(item.globalId(0), sum);
    }
  }

  static final class TextField extends Base {
    final String name = String.valueOf(3);

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), name.length()); // !
    }
  }

  static final class AskedObject extends Base {
    final Object shape = "round";

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), shape instanceof String ? 1 : 0); // !
    }
  }

  static final class EnumSwitch extends Base {
    final Color color = Color.RED;

    @Override
    protected void run(Item item) {
      int v = 0;
      switch (color) { // !
        case RED -> v = 1;
        case GREEN -> v = 2;
      }
      out.set(item.globalId(0), v);
    }
  }

  static final class PatternSwitch extends Base {
    final Object shape = "round";

    @Override
    protected void run(Item item) {
      int v = switch (shape) { // !
            case String s -> 1;
            default -> 0;
          };
      out.set(item.globalId(0), v);
    }
  }

  static final class Null extends Base {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), in == null ? 1 : 0); // !
    }
  }

  // State.

  static final class StaticRead extends Base {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), changing); // !
    }
  }

  static final class StaticWrite extends Base {
    @Override
    protected void run(Item item) {
      changing = item.globalId(0); // !
    }
  }

  static final class StaticArray extends Base {
    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), TABLE[1]); // !
    }
  }

  static final class FieldWrite extends Base {
    private int sum;

    @Override
    protected void run(Item item) {
      sum = in.get(0); // !
      out.set(item.globalId(0), sum);
    }
  }

  static final class FieldCount extends Base {
    private int count;

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), count++); // !
    }
  }

  final class Inner extends Base {
    private final int bias = TABLE.length;

    @Override
    protected void run(Item item) {
      out.set(item.globalId(0), outer().hashCode() + bias);
    }

    private InvalidKernels outer() {
      return InvalidKernels.this; // !
    }
  }

  // Barriers.

  static final class BarrierInBranch extends Base {
    final Ints.Local shared = new Ints.Local(8);

    @Override
    protected void run(Item item) {
      int i = item.localId(0);
      shared.set(i, in.get(item.globalId(0)));
      if (i < 4) { // !
        item.barrier(); // !
        out.set(item.globalId(0), shared.get(i + 4));
      }
    }
  }

  static final class BarrierInOtherBranch extends Base {
    @Override
    protected void run(Item item) {
      boolean first = item.localId(0) == 0;
      if (first) { // !
        out.set(item.globalId(0), 1);
      } else {
        item.barrier(); // !
      }
    }
  }

  static final class BarrierAfterReturn extends Base {
    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      if (i >= in.length()) { // !
        return;
      }
      item.barrier(); // !
      out.set(i, 1);
    }
  }

  static final class BarrierInLoop extends Base {
    @Override
    protected void run(Item item) {
      for (int k = item.localId(0); k < 100; k += 8) { // !
        out.set(k, 1);
        item.barrier(); // !
      }
    }
  }

  static final class BarrierAfterBreak extends Base {
    @Override
    protected void run(Item item) {
      for (int k = 0; k < 10; k++) {
        if (in.get(item.globalId(0)) == k) { // !
          break;
        }
        item.barrier(); // !
      }
    }
  }

  static final class BarrierInHelper extends Base {
    private void meet(Item item) {
      item.barrier();
    }

    @Override
    protected void run(Item item) {
      int mine = in.get(item.globalId(0));
      if (mine > 0) { // !
        meet(item); // !
      }
    }
  }

  static final class Many extends Base {
    private Floats.Reader unused = new Floats.Reader();
    private int count;

    private int helper(int v) {
      if (v > 3) {
        throw new IllegalArgumentException(); // !
      }
      return v;
    }

    @Override
    protected void run(Item item) {
      count = helper(3); // !
      int[] a = new int[2]; // !
      out.set(item.globalId(0), (int) Math.random()); // !
    }
  }
}
