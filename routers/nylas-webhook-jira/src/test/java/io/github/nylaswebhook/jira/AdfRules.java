package io.github.nylaswebhook.jira;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What Atlassian's JSON schema says of the nodes that we use; anything else is an error here.
 *
 * @see <a href="https://go.atlassian.com/adf-json-schema">The schema</a>
 */
final class AdfRules {
  private static final Set<String> BLOCKS = Set.of("paragraph", "rule", "bulletList");

  private AdfRules() {}

  /** The characters of the document: of its texts, one for a break, two between blocks. */
  static int check(Object document) {
    Map<?, ?> doc = node(document, Set.of("type", "version", "content"));
    require("doc".equals(doc.get("type")), "the top is a doc");
    require(doc.get("version") instanceof Number n && n.intValue() == 1, "version 1");
    int length = 0;
    for (Object block : content(doc)) {
      length += block(block) + 2;
    }
    return length;
  }

  private static int block(Object value) {
    Map<?, ?> node = node(value, Set.of("type", "content"));
    require(BLOCKS.contains(String.valueOf(node.get("type"))), "no block: " + node.get("type"));
    if ("rule".equals(node.get("type"))) {
      require(!node.containsKey("content"), "a rule is empty");
      return 1;
    }
    if ("paragraph".equals(node.get("type"))) {
      return paragraph(node);
    }
    List<?> items = content(node);
    require(!items.isEmpty(), "a list has an item at least");
    int length = 0;
    for (Object item : items) {
      Map<?, ?> inner = node(item, Set.of("type", "content"));
      require("listItem".equals(inner.get("type")), "a list has list items");
      require(!content(inner).isEmpty(), "an item has content");
      for (Object block : content(inner)) {
        length += block(block) + 1;
      }
    }
    return length;
  }

  private static int paragraph(Map<?, ?> paragraph) {
    int length = 0;
    for (Object value : paragraph.containsKey("content") ? content(paragraph) : List.of()) {
      Map<?, ?> node = node(value, Set.of("type", "text", "marks"));
      if ("hardBreak".equals(node.get("type"))) {
        require(node.size() == 1, "a break is empty");
        length++;
        continue;
      }
      require("text".equals(node.get("type")), "no inline node: " + node.get("type"));
      require(
          node.get("text") instanceof String text && !text.isEmpty(),
          "a text has a character at least");
      String text = (String) node.get("text");
      text.codePoints()
          .forEach(
              c ->
                  require(
                      !Character.isISOControl(c)
                          && c != 0xFFFE
                          && c != 0x2028
                          && !(c >= 0xD800 && c <= 0xDFFF),
                      "a character that isn't text: " + Integer.toHexString(c)));
      if (node.containsKey("marks")) {
        require(
            List.of(Map.of("type", "strong")).equals(node.get("marks")),
            "an unknown mark: " + node);
      }
      length += text.length();
    }
    return length;
  }

  private static List<?> content(Map<?, ?> node) {
    require(node.get("content") instanceof List<?>, "no content: " + node.get("type"));
    return (List<?>) node.get("content");
  }

  private static Map<?, ?> node(Object value, Set<String> members) {
    require(value instanceof Map<?, ?>, "no node");
    Map<?, ?> node = (Map<?, ?>) value;
    require(members.containsAll(node.keySet()), "members " + node.keySet());
    return node;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError("INVALID_INPUT: " + otherwise);
    }
  }

  /** The text of a document, a line for each break and block. */
  static String text(Object node) {
    if (node instanceof List<?> nodes) {
      StringBuilder all = new StringBuilder();
      nodes.forEach(inner -> all.append(text(inner)));
      return all.toString();
    }
    if (!(node instanceof Map<?, ?> map)) {
      return "";
    }
    return switch (String.valueOf(map.get("type"))) {
      case "text" -> String.valueOf(map.get("text"));
      case "hardBreak" -> "\n";
      case "rule" -> "---\n";
      case "paragraph" -> text(map.get("content")) + "\n";
      default -> text(map.get("content"));
    };
  }
}
