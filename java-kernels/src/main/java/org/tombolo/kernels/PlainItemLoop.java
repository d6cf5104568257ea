package org.tombolo.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Objects;

/// The loop, in a class of its own for each class of kernels: so the compiler sees one callee in it
/// and puts the kernel's code there.
final class PlainItemLoop implements ItemLoop {
  PlainItemLoop() {}

  /// A loop for kernels of one class.
  static ItemLoop copy() {
    try (InputStream in =
        Objects.requireNonNull(
            PlainItemLoop.class.getResourceAsStream("PlainItemLoop.class"), "own class file")) {
      return (ItemLoop)
          MethodHandles.lookup()
              .defineHiddenClass(in.readAllBytes(), false)
              .lookupClass()
              .getDeclaredConstructor()
              .newInstance();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a copy of the loop", e);
    }
  }

  @Override
  public void run(Kernel kernel, Item item, List<Accessor> own, int count) {
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < own.size(); k++) {
        own.get(k).begin();
      }
      kernel.run(item);
      item.advance();
    }
  }
}
