package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
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
        Json.write(fields));
  }
}
