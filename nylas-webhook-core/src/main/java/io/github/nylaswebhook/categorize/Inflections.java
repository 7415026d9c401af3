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
    char second = word.charAt(length - 2);
    String stem = word.substring(0, length - 1);
    if (last == 'e') {
      forms.add(word + "s");
      // A feed has nothing to do with a fee.
      if (second != 'e' || length > 3) {
        forms.add(word + "d");
      }
      if (second == 'i') {
        forms.add(word.substring(0, length - 2) + "ying");
      } else {
        forms.add((second == 'e' || second == 'o' || second == 'y' ? word : stem) + "ing");
      }
      return forms;
    }
    forms.add(word + "s");
    if ("sxzo".indexOf(last) >= 0 || word.endsWith("ch") || word.endsWith("sh")) {
      forms.add(word + "es");
    }
    if (last == 'y' && !isVowel(second)) {
      forms.add(stem + "ies");
      forms.add(stem + "ied");
      forms.add(word + "ing");
      return forms;
    }
    boolean doubles =
        !isVowel(last)
            && "wxy".indexOf(last) < 0
            && isVowel(second)
            && !isVowel(word.charAt(length - 3));
    if (doubles) {
      forms.add(word + last + "ed");
      forms.add(word + last + "ing");
    }
    // With one syllable there is no other way: sites and notes aren't forms of sit and not.
    if (!doubles || word.chars().filter(c -> isVowel((char) c)).count() > 1) {
      forms.add(word + "ed");
      forms.add(word + "ing");
    }
    return forms;
  }

  private static boolean isVowel(char c) {
    return "aeiou".indexOf(c) >= 0;
  }
}
