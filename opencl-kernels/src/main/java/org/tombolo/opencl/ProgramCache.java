package org.tombolo.opencl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.tombolo.device.CacheFolder;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.HostProcessor;

/// Built programs in files, one each, for whatever process builds the same ones next.
///
/// The name of a file is a digest of all that its program depends on: source, options, device,
/// platform, driver, the host's processor and the format. In it are a digest of the program and the
/// program, so that a damaged file is found out and its program built anew. Files are written
/// beside and renamed, so that whoever reads, in whatever process, reads a whole one. Beyond a
/// bound on all of them, those that were used longest ago go. What cannot be read or written is no
/// obstacle: it is logged once.
final class ProgramCache {
  /// Property that, set to `off`, leaves programs in memory alone.
  static final String PROPERTY = "tombolo.programs";

  /// Bytes of the largest program that is kept.
  static final int LARGEST = 16 << 20;

  private static final System.Logger LOG = System.getLogger(ProgramCache.class.getName());

  /// Changes where the meaning of files does.
  private static final String FORMAT = "tombolo program 1";

  private static final long MOST_BYTES = 256L << 20;
  private static final int DIGEST_BYTES = 32;

  /// When too much is there, this part of the bound stays.
  private static final double KEPT = 0.75;

  private static final String PART = ".part";

  /// What is not renamed by then was left behind.
  private static final Duration LONGEST_WRITE = Duration.ofHours(1);

  private final Path folder;
  private final String device;
  private final long mostBytes;

  /// Bytes in the folder as far as this process knows; negative until it has looked.
  private long bytes = -1;

  private boolean complained;

  /// @param folder made when it is first written to
  /// @param info whose programs
  /// @param mostBytes of all files in the folder
  ProgramCache(Path folder, DeviceInfo info, long mostBytes) {
    this.folder = folder;
    this.device = info.fingerprint() + " on " + HostProcessor.model();
    this.mostBytes = mostBytes;
  }

  /// Files in the folder `programs` of the user's cache folder; none where the property says so.
  static Optional<ProgramCache> system(DeviceInfo info) {
    if (System.getProperty(PROPERTY, "").equals("off")) {
      return Optional.empty();
    }
    Path folder = CacheFolder.of(System.getProperties(), System.getenv()).resolve("programs");
    return Optional.of(new ProgramCache(folder, info, MOST_BYTES));
  }

  /// The program that was built of a source; empty if none is there, or its file is damaged.
  synchronized Optional<byte[]> read(String options, String source) {
    Path file = file(options, source);
    try {
      if (Files.size(file) > DIGEST_BYTES + LARGEST) {
        return damaged(file);
      }
      byte[] whole = Files.readAllBytes(file);
      if (whole.length <= DIGEST_BYTES) {
        return damaged(file);
      }
      byte[] program = new byte[whole.length - DIGEST_BYTES];
      ByteBuffer.wrap(whole).get(DIGEST_BYTES, program);
      if (!ByteBuffer.wrap(whole, 0, DIGEST_BYTES).equals(ByteBuffer.wrap(digest(program)))) {
        return damaged(file);
      }
      touch(file);
      return Optional.of(program);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      complain(e);
      return Optional.empty();
    }
  }

  /// Notes that a file was used, where this is allowed.
  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", file, e);
    }
  }

  private static Optional<byte[]> damaged(Path file) throws IOException {
    LOG.log(System.Logger.Level.DEBUG, "{0} is damaged, its program is built anew", file);
    Files.deleteIfExists(file);
    return Optional.empty();
  }

  /// Keeps a built program.
  synchronized void write(String options, String source, byte[] program) {
    Path file = file(options, source);
    try {
      Files.createDirectories(folder);
      Path whole = Files.createTempFile(folder, "", PART);
      try {
        Files.write(
            whole,
            ByteBuffer.allocate(DIGEST_BYTES + program.length)
                .put(digest(program))
                .put(program)
                .array());
        Files.move(
            whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(whole);
      }
      bytes = bytes < 0 ? trim() : bytes + DIGEST_BYTES + program.length;
      if (bytes > mostBytes) {
        bytes = trim();
      }
    } catch (IOException e) {
      complain(e);
    } catch (UncheckedIOException e) { // the folder could not be listed to its end
      complain(new IOException(e));
    }
  }

  private record Kept(Path file, long bytes, FileTime used) {}

  /// Deletes what was used longest ago if there is too much; what stays, in bytes.
  private long trim() throws IOException {
    List<Kept> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        kept(file).ifPresent(all::add);
      }
    }
    long sum = all.stream().mapToLong(Kept::bytes).sum();
    if (sum > mostBytes) {
      all.sort(Comparator.comparing(Kept::used));
      for (Kept oldest : all) {
        if (sum <= KEPT * mostBytes) {
          break;
        }
        Files.deleteIfExists(oldest.file());
        sum -= oldest.bytes();
      }
    }
    return sum;
  }

  /// A file; empty if another process deleted it meanwhile, or is writing it.
  private static Optional<Kept> kept(Path file) throws IOException {
    try {
      BasicFileAttributes about = Files.readAttributes(file, BasicFileAttributes.class);
      boolean underWay =
          file.toString().endsWith(PART)
              && about.lastModifiedTime().toInstant().isAfter(Instant.now().minus(LONGEST_WRITE));
      return about.isRegularFile() && !underWay
          ? Optional.of(new Kept(file, about.size(), about.lastModifiedTime()))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Path file(String options, String source) {
    String key = String.join("\n", FORMAT, device, options, source);
    return folder.resolve(
        HexFormat.of().formatHex(digest(key.getBytes(StandardCharsets.UTF_8))) + ".bin");
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private void complain(IOException e) {
    if (!complained) {
      complained = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "built programs cannot be kept in {0}, so they will be built again: {1}",
          folder,
          e);
    }
  }
}
