package org.tombolo.cli;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes folders with a few pictures in the form of Fashion-MNIST.
final class IdxFolder {
  static final int TRAIN = 40;
  static final int TEST = 10;

  private IdxFolder() {}

  /// Pictures of bytes: a bright bar whose place says the class.
  static Path bytes(Path folder) throws IOException {
    write(folder, "train", TRAIN);
    write(folder, "t10k", TEST);
    return folder;
  }

  private static void write(Path folder, String stem, int count) throws IOException {
    Files.write(folder.resolve(stem + "-images-idx3-ubyte"), images(0x08, count, 0));
    Files.write(folder.resolve(stem + "-labels-idx1-ubyte"), labels(count));
  }

  /// An idx file of pictures.
  ///
  /// @param type code of the elements: 0x08 bytes, 0x0d floats
  /// @param odd value of the very first pixel, where elements are floats
  static byte[] images(int type, int count, float odd) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(type << 8 | 3);
    out.writeInt(count);
    out.writeInt(28);
    out.writeInt(28);
    for (int i = 0; i < count; i++) {
      for (int pixel = 0; pixel < 28 * 28; pixel++) {
        int value = pixel / 28 == 2 * (i % 10) ? 200 : 3;
        if (type == 0x08) {
          out.writeByte(value);
        } else {
          out.writeFloat(i + pixel == 0 ? odd : value);
        }
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] labels(int count) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(0x0801);
    out.writeInt(count);
    for (int i = 0; i < count; i++) {
      out.writeByte(i % 10);
    }
    return bytes.toByteArray();
  }
}
