package org.tombolo.scheduler.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class JsonTest {
  /// Everything that a report is made of.
  public record Sample(
      String name,
      Colour colour,
      Optional<String> there,
      Optional<String> gone,
      OptionalDouble x) {}

  /// A constant.
  public enum Colour {
    DARK_RED
  }

  @Test
  void everyKindOfValue() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("text", "a \"quoted\" \\ line\nbreak, tab\t, e\u0301");
    fields.put("numbers", List.of(1, -2L, 0.5, Double.NaN));
    fields.put("truth", true);
    fields.put("nothing", List.of());
    assertEquals(
        """
        {
          "text": "a \\"quoted\\" \\\\ line\\nbreak, tab\\u0009, e\u0301",
          "numbers": [
            1,
            -2,
            0.5,
            null
          ],
          "truth": true,
          "nothing": []
        }\
        """,
        Json.indented(fields));
    assertEquals(
        "{\"text\":\"a \\\"quoted\\\" \\\\ line\\nbreak, tab\\u0009, e\u0301\","
            + "\"numbers\":[1,-2,0.5,null],\"truth\":true,\"nothing\":[]}",
        Json.compact(fields));
  }

  @Test
  void recordsAreObjectsWithoutWhatIsAbsent() {
    Sample sample =
        new Sample(
            "a", Colour.DARK_RED, Optional.of("b"), Optional.empty(), OptionalDouble.of(0.25));
    assertEquals(
        "{\"name\":\"a\",\"colour\":\"dark_red\",\"there\":\"b\",\"x\":0.25}",
        Json.compact(sample));
  }
}
