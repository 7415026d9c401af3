package io.github.nylaswebhook.categorize;

import java.util.List;

/**
 * Any of these keywords makes it this category.
 *
 * @param category what the message is about then
 * @param priority how urgent it is then
 * @param keywords words or phrases
 */
public record Rule(String category, Priority priority, List<String> keywords) {
  public Rule {
    keywords = List.copyOf(keywords);
    if (category.isBlank() || keywords.isEmpty()) {
      throw new IllegalArgumentException("A rule needs a category and at least one keyword");
    }
    for (String keyword : keywords) {
      if (keyword.codePoints().noneMatch(Character::isLetterOrDigit)) {
        throw new IllegalArgumentException(
            "Rule \""
                + category
                + "\" has a keyword without letters or digits: \""
                + keyword
                + "\"");
      }
    }
  }
}
