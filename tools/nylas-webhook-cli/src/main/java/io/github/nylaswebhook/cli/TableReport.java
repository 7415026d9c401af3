package io.github.nylaswebhook.cli;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Reason;
import io.github.nylaswebhook.message.Message;
import java.util.ArrayList;
import java.util.List;
import okio.Buffer;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.IStyle;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * One row per message, for people. The columns' widths are settled before the first row, so that a
 * row is written as soon as its message is read.
 */
final class TableReport implements Report {
  /** As many columns as most terminals have room for. */
  static final int WIDTH = 120;

  private static final int NARROWEST = 100;
  private static final int KIND = 18;
  private static final int POLICY = 14;
  private static final int CATEGORY = 14;
  private static final int PRIORITY = 8;
  private static final int GAP = 2;
  private static final int GAPS = 6 * GAP;

  private final boolean withText;
  private final Ansi ansi;
  private final int id;
  private final int subject;
  private final int why;
  private boolean begun;

  /** A table that is this many characters wide, if that is enough for its columns. */
  TableReport(boolean withText, Ansi ansi, int width) {
    this.withText = withText;
    this.ansi = ansi;
    int rest = Math.max(width, NARROWEST) - KIND - POLICY - CATEGORY - PRIORITY - GAPS;
    this.id = Math.min(20, rest / 4);
    this.subject = (rest - id) * 2 / 5;
    this.why = rest - id - subject;
  }

  @Override
  public void explain(Explanation explanation, Buffer out) {
    Message message = explanation.message();
    Classification found = explanation.classification();
    String detail = explanation.verdict().detail();
    MessageKind kind = explanation.verdict().kind();
    begin(out);
    cell(out, Columns.cutMiddle(message.id(), id), id);
    styled(
        out, explanation.kind() + (detail.isEmpty() ? "" : " (" + detail + ")"), KIND, style(kind));
    cell(out, explanation.policy(), POLICY);
    cell(out, found.category(), CATEGORY);
    styled(out, found.priority().label(), PRIORITY, style(found.priority()));
    cell(out, message.subject(), subject);
    out.writeUtf8(Columns.cut(why(explanation), why)).writeByte('\n');
    if (withText) {
      explanation
          .context()
          .text()
          .body()
          .lines()
          .forEach(line -> out.writeUtf8("    " + Columns.visible(line) + "\n"));
    }
  }

  @Override
  public void broken(long line, String error, Buffer out) {
    begin(out);
    String text = Columns.visible("line " + line + ": " + error);
    out.writeUtf8(on(Style.fg_red) + text + off()).writeByte('\n');
  }

  private void begin(Buffer out) {
    if (begun) {
      return;
    }
    begun = true;
    styled(out, "ID", id, Style.bold);
    styled(out, "KIND", KIND, Style.bold);
    styled(out, "POLICY", POLICY, Style.bold);
    styled(out, "CATEGORY", CATEGORY, Style.bold);
    styled(out, "PRIORITY", PRIORITY, Style.bold);
    styled(out, "SUBJECT", subject, Style.bold);
    out.writeUtf8(on(Style.bold) + "WHY" + off()).writeByte('\n');
  }

  private static String why(Explanation explanation) {
    List<String> why = new ArrayList<>();
    for (Reason reason : explanation.verdict().reasons()) {
      why.add(reason.code() + ": " + reason.evidence());
    }
    for (Evidence evidence : explanation.classification().evidence()) {
      why.add("\"" + evidence.matched() + "\" in " + evidence.field());
    }
    return String.join("; ", why);
  }

  private static void cell(Buffer out, String text, int width) {
    out.writeUtf8(Columns.fit(text, width)).writeUtf8(" ".repeat(GAP));
  }

  private void styled(Buffer out, String text, int width, IStyle style) {
    out.writeUtf8(on(style)).writeUtf8(Columns.fit(text, width)).writeUtf8(off());
    out.writeUtf8(" ".repeat(GAP));
  }

  private static IStyle style(MessageKind kind) {
    return switch (kind) {
      case HUMAN -> Style.fg_green;
      case NOTIFICATION, BULK -> Style.fg_cyan;
      case AUTO_REPLY, BOUNCE -> Style.fg_yellow;
      case CALENDAR, FEEDBACK_REPORT, DISPOSITION_NOTIFICATION, OWN -> Style.faint;
    };
  }

  private static IStyle style(Priority priority) {
    return switch (priority) {
      case HIGH -> Style.fg_red;
      case MEDIUM -> Style.fg_yellow;
      case LOW -> Style.faint;
    };
  }

  private String on(IStyle style) {
    return ansi.enabled() ? style.on() : "";
  }

  /** Not each style's own end: to many terminals, the end of bold begins a double underline. */
  private String off() {
    return ansi.enabled() ? Style.reset.on() : "";
  }
}
