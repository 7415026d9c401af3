package io.github.nylaswebhook.filter;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldValueTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          no                                     | no           | ``
          Auto-Replied (vacation)                | auto-replied | ``
          auto-replied;owner-email="a;b@x"       | auto-replied | ``
          (a (nested) comment) yes               | yes          | ``
          bulk, list                             | bulk         | ``
          a/b; report-type=delivery-status       | a/b          | delivery-status
          a/b; Report-Type = "Delivery-Status"   | a/b          | delivery-status
          a/b; x="; report-type=no"; report-type=yes | a/b      | yes
          a/b; report-type=one; report-type=two  | a/b          | one
          a/b; report-type*=us-ascii''x          | a/b          | us-ascii''x
          a/b; report-type="a \\"quoted\\" one"    | a/b          | a "quoted" one
          a/b (comment; report-type=no); report-type=x | a/b     | x
          a/b;;; =x; report-type                 | a/b          | ``
          a/b; report-type="unclosed             | a/b          | "unclosed
          `  `                                   | ``           | ``
          """)
  void aKeywordHasParametersAndComments(String value, String keyword, String reportType) {
    FieldValue parsed = FieldValue.parse(value);
    assertThat(parsed.keyword()).isEqualTo(keyword);
    assertThat(parsed.parameter("report-type")).isEqualTo(reportType);
  }

  @Property
  void nothingThatIsGivenThrows(@ForAll String value) {
    assertThat(FieldValue.parse(value).keyword()).doesNotContain(" ", ";");
  }
}
