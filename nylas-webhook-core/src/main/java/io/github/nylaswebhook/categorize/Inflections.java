package io.github.nylaswebhook.categorize;

import java.util.LinkedHashSet;
import java.util.Set;

/** The plain forms of English words. */
final class Inflections {
  private Inflections() {}

  /**
   * invoice → invoices, invoiced, invoicing; crash → crashes, …; cancel → cancelled, canceled, ….
   */
  static Set<String> of(String word) {
    Set<String> forms = new LinkedHashSet<>();
    forms.add(word);
    int length = word.length();
    // Two letters or a number are no stem: "ip" isn't "iping".
    if (length < 3 || !word.chars().allMatch(c -> c >= 'a' && c <= 'z')) {
      return forms;
    }
    char last = word.charAt(length - 1);
    String stem = word.substring(0, length - 1);
    forms.add(word + "s");
    if (last == 'e') {
      forms.add(word + "d");
      forms.add(stem + "ing");
      return forms;
    }
    forms.add(word + "es");
    forms.add(word + "ed");
    forms.add(word + "ing");
    if (last == 'y' && !isVowel(word.charAt(length - 2))) {
      forms.add(stem + "ies");
      forms.add(stem + "ied");
    }
    boolean doubles =
        !isVowel(last)
            && "wxy".indexOf(last) < 0
            && isVowel(word.charAt(length - 2))
            && !isVowel(word.charAt(length - 3));
    if (doubles) {
      forms.add(word + last + "ed");
      forms.add(word + last + "ing");
    }
    return forms;
  }

  private static boolean isVowel(char c) {
    return "aeiou".indexOf(c) >= 0;
  }
}
