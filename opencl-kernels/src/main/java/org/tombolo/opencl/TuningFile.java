package org.tombolo.opencl;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.tombolo.device.CacheFolder;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.HostProcessor;
import org.tombolo.device.Tuner;
import org.tombolo.opencl.contraction.Blocking;
import org.tombolo.opencl.contraction.Blockings;

/// What tuning has found for one device, in a JSON file of the user's cache folder.
///
/// The file says which device, stack and processor it is about and is used for no other. It is
/// written beside and renamed, so that whoever reads, reads a whole one; of two processes that
/// write at once the last one wins. A damaged one is logged and not used. Findings change speed
/// alone, never results; blocks that do not keep to the device's limits are not used either.
final class TuningFile implements Blockings {
  /// Property that, set to `off`, leaves all choices to what shapes and limits suggest.
  static final String PROPERTY = "tombolo.tuning";

  private static final System.Logger LOG = System.getLogger(TuningFile.class.getName());
  private static final int LONGEST_NAME = 40;
  private static final long LARGEST = 16 << 20;

  private static final String TEXT = "\"([^\"\\\\]*)\"";
  private static final String NUMBER = "([0-9.eE+-]+)";

  /// One finding, as [#entry] writes it; where white space lies does not matter.
  private static final Pattern ENTRY =
      Pattern.compile(
          ("\\{ \"shape\" : %1$s , \"blocking\" : %1$s , \"gain\" : %2$s , \"seconds\" : %2$s ,"
                  + " \"tried\" : %2$s , \"rejected\" : %2$s \\}")
              .formatted(TEXT, NUMBER)
              .replace(" ", "\\s*"));

  private static final Pattern WHOLE =
      Pattern.compile(
          "\\s*\\{ \"format\" : 1 , \"device\" : %s , \"findings\" : \\[(.*)\\] \\} "
              .formatted(TEXT)
              .replace(" ", "\\s*"),
          Pattern.DOTALL);

  private final Path file;
  private final String device;
  private final Map<String, Tuner.Finding> findings = new TreeMap<>();

  /// Reads a device's file in a folder, if it is there.
  TuningFile(Path folder, DeviceInfo info) {
    this.device =
        "%s on %s"
            .formatted(info.fingerprint(), HostProcessor.model())
            .replaceAll("[\\p{Cntrl}\"\\\\]", " ");
    this.file = folder.resolve(name(info));
    load();
  }

  /// Makes the file's findings ours; where there is none that can be read, ours stay.
  private void load() {
    try {
      Map<String, Tuner.Finding> read = read(file);
      findings.clear();
      findings.putAll(read);
    } catch (NoSuchFileException e) {
      // Nothing was tuned yet.
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}; try: deleting it, and tombolo tune again",
          e.getMessage());
    }
  }

  /// The file in the folder `tuning` of the user's cache folder.
  static TuningFile system(DeviceInfo info) {
    return new TuningFile(
        CacheFolder.of(System.getProperties(), System.getenv()).resolve("tuning"), info);
  }

  private String name(DeviceInfo info) {
    String name = (info.driver() + "-" + info.model()).toLowerCase(Locale.ROOT);
    name = name.replaceAll("[^a-z0-9]+", "-");
    CRC32 sum = new CRC32();
    sum.update(device.getBytes(StandardCharsets.UTF_8));
    return "%s-%08x.json"
        .formatted(name.substring(0, Math.min(name.length(), LONGEST_NAME)), sum.getValue());
  }

  Path file() {
    return file;
  }

  @Override
  public Optional<Blocking> of(String shapeClass) {
    return System.getProperty(PROPERTY, "").equals("off")
        ? Optional.empty()
        : finding(shapeClass).flatMap(found -> Blocking.parse(found.variant()));
  }

  synchronized Optional<Tuner.Finding> finding(String shapeClass) {
    return Optional.ofNullable(findings.get(shapeClass));
  }

  /// Keeps a finding, in place of what was known, beside what other processes found meanwhile.
  synchronized void put(Tuner.Finding finding) {
    load();
    findings.put(finding.regions(), finding);
    write();
  }

  /// @see Tuner#merge
  synchronized int merge(Path other) throws IOException {
    Map<String, Tuner.Finding> read = read(other);
    load();
    int better = 0;
    for (Tuner.Finding finding : read.values()) {
      Tuner.Finding mine = findings.get(finding.regions());
      if (mine == null || finding.gain() > mine.gain()) {
        findings.put(finding.regions(), finding);
        better++;
      }
    }
    if (better > 0) {
      write();
    }
    return better;
  }

  /// What a file says.
  private Map<String, Tuner.Finding> read(Path from) throws IOException {
    if (Files.size(from) > LARGEST) {
      throw damaged(from, "it is larger than %d bytes".formatted(LARGEST));
    }
    Matcher whole;
    try {
      whole = WHOLE.matcher(Files.readString(from));
    } catch (CharacterCodingException e) {
      throw damaged(from, "it is no text");
    }
    if (!whole.matches()) {
      throw damaged(from, "it is not what tuning writes");
    }
    if (!whole.group(1).equals(device)) {
      throw damaged(from, "it is about \"%s\", not \"%s\"".formatted(whole.group(1), device));
    }
    Map<String, Tuner.Finding> read = new TreeMap<>();
    String list = whole.group(2);
    Matcher entry = ENTRY.matcher(list);
    int end = 0;
    while (entry.find()) {
      if (!list.substring(end, entry.start()).strip().equals(end == 0 ? "" : ",")) {
        break;
      }
      Tuner.Finding finding = finding(from, entry);
      read.put(finding.regions(), finding);
      end = entry.end();
    }
    if (!list.substring(end).isBlank()) {
      throw damaged(from, "after %d findings comes something else".formatted(read.size()));
    }
    return read;
  }

  private static Tuner.Finding finding(Path from, Matcher entry) throws IOException {
    try {
      if (Blocking.parse(entry.group(2)).isEmpty()) {
        throw damaged(from, "unknown blocks: " + entry.group(2));
      }
      Tuner.Finding finding =
          new Tuner.Finding(
              entry.group(1),
              entry.group(2),
              Double.parseDouble(entry.group(3)),
              Double.parseDouble(entry.group(4)),
              Integer.parseInt(entry.group(5)),
              Integer.parseInt(entry.group(6)));
      boolean makesSense =
          finding.gain() >= 1
              && Double.isFinite(finding.gain())
              && finding.seconds() > 0
              && Double.isFinite(finding.seconds())
              && finding.tried() > 0
              && finding.rejected() >= 0;
      if (!makesSense) {
        throw damaged(from, "no trial gives " + entry.group());
      }
      return finding;
    } catch (NumberFormatException e) {
      throw damaged(from, "not a number in " + entry.group());
    }
  }

  private static IOException damaged(Path file, String why) {
    return new IOException("%s is not used: %s".formatted(file, why));
  }

  private void write() {
    StringBuilder text = new StringBuilder();
    text.append("{\n  \"format\": 1,\n  \"device\": \"%s\",\n  \"findings\": [".formatted(device));
    String separator = "\n    ";
    for (Tuner.Finding finding : findings.values()) {
      text.append(separator).append(entry(finding));
      separator = ",\n    ";
    }
    text.append("\n  ]\n}\n");
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Path whole = Files.createTempFile(folder, "", ".part");
      try {
        Files.writeString(whole, text);
        Files.move(
            whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(whole);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "what tuning found cannot be kept: {0}", e.toString());
    }
  }

  private static String entry(Tuner.Finding finding) {
    return String.format(
        Locale.ROOT,
        "{\"shape\": \"%s\", \"blocking\": \"%s\", \"gain\": %.3f, \"seconds\": %.3e, \"tried\": %d, \"rejected\": %d}",
        finding.regions(),
        finding.variant(),
        finding.gain(),
        finding.seconds(),
        finding.tried(),
        finding.rejected());
  }
}
