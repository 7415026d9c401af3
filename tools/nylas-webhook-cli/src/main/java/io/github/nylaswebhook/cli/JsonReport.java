package io.github.nylaswebhook.cli;

import com.squareup.moshi.JsonWriter;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.filter.Reason;
import java.io.IOException;
import okio.Buffer;

/** One JSON object per line, always with the same members in the same order. */
final class JsonReport implements Report {
  private final boolean withText;

  JsonReport(boolean withText) {
    this.withText = withText;
  }

  @Override
  public void explain(Explanation explanation, Buffer out) {
    line(
        out,
        json -> {
          json.name("id").value(explanation.message().id());
          json.name("kind").value(explanation.kind());
          json.name("detail").value(explanation.verdict().detail());
          json.name("policy").value(explanation.policy());
          json.name("reasons").beginArray();
          for (Reason reason : explanation.verdict().reasons()) {
            json.beginObject().name("code").value(reason.code());
            json.name("evidence").value(reason.evidence()).endObject();
          }
          json.endArray();
          Classification found = explanation.classification();
          json.name("category").value(found.category());
          json.name("priority").value(found.priority().label());
          json.name("tags").beginArray();
          // A set has no order, and the same input is to give the same output.
          for (String tag : found.tags().stream().sorted().toList()) {
            json.value(tag);
          }
          json.endArray();
          json.name("evidence").beginArray();
          for (Evidence evidence : found.evidence()) {
            json.beginObject().name("rule").value(evidence.rule());
            json.name("field").value(evidence.field());
            json.name("keyword").value(evidence.keyword());
            json.name("matched").value(evidence.matched()).endObject();
          }
          json.endArray();
          if (withText) {
            json.name("text").value(explanation.context().text().body());
          }
          json.name("route").value(found.route());
          json.name("headers_known").value(explanation.verdict().headersKnown());
        });
  }

  @Override
  public void broken(long line, String error, Buffer out) {
    line(out, json -> json.name("error").value(error).name("line").value(line));
  }

  private interface Members {
    void write(JsonWriter json) throws IOException;
  }

  private static void line(Buffer out, Members members) {
    try {
      JsonWriter json = JsonWriter.of(out);
      json.beginObject();
      members.write(json);
      json.endObject();
    } catch (IOException e) {
      throw new IllegalStateException("a Buffer doesn't fail", e);
    }
    out.writeByte('\n');
  }
}
