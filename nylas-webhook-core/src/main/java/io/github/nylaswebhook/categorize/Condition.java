package io.github.nylaswebhook.categorize;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * What a rule asks of a mail. Immutable; made by the methods here. What can never match is refused
 * with an {@link IllegalArgumentException} that says why.
 */
public sealed interface Condition {
  /** A regular expression that is longer is no rule any more, but a program. */
  int MAX_REGEX = 1000;

  /** Of a text, regular expressions see so many characters: more than any person writes. */
  int MAX_REGEX_TEXT = 100_000;

  /** Words of a phrase; a longer one is a text. */
  int MAX_WORDS = 32;

  /**
   * One of these words, or of these words in a row, is in the text (addresses of pages and people
   * left out, {@link io.github.nylaswebhook.message.MessageText#matchable()}): whole words, in any
   * case and width, each in its plain English inflections too ({@code invoice}: {@code Invoices},
   * {@code invoicing}, never {@code down} in {@code download}). In a script that doesn't put spaces
   * between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) a keyword is found
   * anywhere. What stands between the words of a row doesn't matter, as long as no sentence ends
   * there. Signs at a keyword's start and end have to be in the text: {@code c++}, {@code .net},
   * {@code #1}. A keyword with a hyphen is found without it, too: {@code e-mail}, {@code email}.
   */
  static Text words(String... keywords) {
    return words(List.of(keywords));
  }

  /** The same. */
  static Text words(Collection<String> keywords) {
    return new Text(TextPart.ANYWHERE, List.copyOf(keywords), List.of(), true);
  }

  /** As {@link #words(String...)}, but exactly these words, without their inflections. */
  static Text phrases(String... phrases) {
    return phrases(List.of(phrases));
  }

  /** The same. */
  static Text phrases(Collection<String> phrases) {
    return new Text(TextPart.ANYWHERE, List.copyOf(phrases), List.of(), false);
  }

  /**
   * One of these is anywhere in the lower-cased subject and the raw body, markup, quotes and parts
   * of words included: the tutorial's way, and seldom what is wanted.
   */
  static Substring substring(String... parts) {
    return new Substring(List.of(parts));
  }

  /**
   * The first {@value #MAX_REGEX_TEXT} characters of the text have a part that this regular
   * expression matches, in any case. The syntax is RE2's, which takes time in proportion to the
   * text whatever the expression is, and so knows no backreferences and no lookaround. Repetitions
   * that multiply are refused: {@code ((a{100}){100}){100}}.
   *
   * @see <a href="https://github.com/google/re2/wiki/Syntax">RE2's syntax</a>
   */
  static Regex regex(String expression) {
    return new Regex(TextPart.ANYWHERE, expression);
  }

  /** The mail is from this address, in any case. */
  static Address from(String address) {
    return new Address(AddressField.FROM, address);
  }

  /** The mail is from an address in this domain or a subdomain of it. */
  static FromDomain fromDomain(String domain) {
    return new FromDomain(domain);
  }

  /** The mail is addressed to this address, in any case. */
  static Address to(String address) {
    return new Address(AddressField.TO, address);
  }

  /** A copy of the mail went to this address. */
  static Address cc(String address) {
    return new Address(AddressField.CC, address);
  }

  /** This address is among all whom the mail went to: to, cc or bcc. */
  static Address recipient(String address) {
    return new Address(AddressField.RECIPIENT, address);
  }

  /**
   * A header of this name, in any case, contains this text, in any case. Headers are compared on
   * one line, with what RFC 2047 encodes decoded.
   */
  static HeaderValue headerContains(String name, String part) {
    return new HeaderValue(name, HeaderTest.CONTAINS, part);
  }

  /** A header of this name is this text, in any case. */
  static HeaderValue headerEquals(String name, String value) {
    return new HeaderValue(name, HeaderTest.EQUALS, value);
  }

  /** A header of this name has a part that this regular expression matches, in any case. */
  static HeaderValue headerMatches(String name, String expression) {
    return new HeaderValue(name, HeaderTest.MATCHES, expression);
  }

  /** The mail has a header of this name. */
  static HeaderValue headerPresent(String name) {
    return new HeaderValue(name, HeaderTest.PRESENT, "");
  }

  /** The mail's headers are known, and none has this name. */
  static HeaderValue headerAbsent(String name) {
    return new HeaderValue(name, HeaderTest.ABSENT, "");
  }

  /**
   * A file of this type hangs on the mail, for example {@code application/pdf}, {@code image/*} or
   * {@code *}{@code /*}. What is shown within the body doesn't count: mostly that is a logo.
   */
  static AttachmentType attachmentType(String contentType) {
    return new AttachmentType(contentType);
  }

  /** The mail answers another one, as far as its headers say so. */
  static FollowUp followUp() {
    return new FollowUp(true);
  }

  /** The mail begins a conversation, as far as its headers say nothing else. */
  static FollowUp notFollowUp() {
    return new FollowUp(false);
  }

  /**
   * Keywords; see {@link #words(String...)} and {@link #phrases(String...)}.
   *
   * @param in where they are looked for
   * @param keywords words or phrases
   * @param except phrases within which a keyword doesn't count
   * @param inflected whether English forms of both match, too
   */
  record Text(TextPart in, List<String> keywords, List<String> except, boolean inflected)
      implements Condition {
    public Text {
      keywords = List.copyOf(keywords);
      except = List.copyOf(except);
      if (keywords.isEmpty()) {
        throw new IllegalArgumentException("a condition on text needs at least one keyword");
      }
      keywords.forEach(KeywordMatcher::check);
      except.forEach(KeywordMatcher::check);
    }

    /** The same, looked for there only. */
    public Text in(TextPart part) {
      return new Text(part, keywords, except, inflected);
    }

    /**
     * The same, but where a keyword stands within one of these phrases, it doesn't count: {@code
     * down}, except {@code slow down}.
     */
    public Text except(String... phrases) {
      return except(List.of(phrases));
    }

    /** The same. */
    public Text except(Collection<String> phrases) {
      return new Text(in, keywords, List.copyOf(phrases), inflected);
    }
  }

  /** See {@link #substring(String...)}. */
  record Substring(List<String> parts) implements Condition {
    public Substring {
      parts = parts.stream().map(part -> part.toLowerCase(Locale.ROOT)).toList();
      if (parts.isEmpty() || parts.stream().anyMatch(String::isBlank)) {
        throw new IllegalArgumentException("a substring needs text that isn't blank");
      }
    }
  }

  /** See {@link #regex(String)}. */
  record Regex(TextPart in, String expression) implements Condition {
    public Regex {
      Expressions.compile(expression);
    }

    /** The same, looked for there only. */
    public Regex in(TextPart part) {
      return new Regex(part, expression);
    }
  }

  /** Whose address is meant. */
  enum AddressField {
    FROM,
    TO,
    CC,
    /** To, cc or bcc. */
    RECIPIENT
  }

  /** An address; it is kept in lower case. */
  record Address(AddressField field, String address) implements Condition {
    public Address {
      address = address.trim().toLowerCase(Locale.ROOT);
      int at = address.lastIndexOf('@');
      if (at < 1 || at == address.length() - 1) {
        throw new IllegalArgumentException("\"" + address + "\" isn't an address like a@b.example");
      }
    }
  }

  /** See {@link #fromDomain(String)}; it is kept in lower case. */
  record FromDomain(String domain) implements Condition {
    public FromDomain {
      domain = domain.trim().toLowerCase(Locale.ROOT);
      if (domain.startsWith("*")) {
        throw new IllegalArgumentException(
            "\"" + domain + "\" isn't a domain: name it without *, its subdomains are included");
      }
      if (domain.isEmpty() || domain.indexOf('@') >= 0 || domain.startsWith(".")) {
        throw new IllegalArgumentException("\"" + domain + "\" isn't a domain like b.example");
      }
    }

    boolean includes(String other) {
      return other.endsWith(domain)
          && (other.length() == domain.length()
              || other.charAt(other.length() - domain.length() - 1) == '.');
    }
  }

  /** What is asked of a header. */
  enum HeaderTest {
    CONTAINS,
    EQUALS,
    MATCHES,
    PRESENT,
    ABSENT
  }

  /** A header; {@code value} is empty where only its presence counts. */
  record HeaderValue(String name, HeaderTest test, String value) implements Condition {
    public HeaderValue {
      if (name.isBlank() || name.indexOf(':') >= 0) {
        throw new IllegalArgumentException("\"" + name + "\" isn't the name of a header");
      }
      if (test == HeaderTest.MATCHES) {
        Expressions.compile(value);
      } else if (test == HeaderTest.CONTAINS && value.isEmpty()) {
        throw new IllegalArgumentException("every header contains \"\"");
      }
    }
  }

  /** See {@link #attachmentType(String)}; it is kept in lower case. */
  record AttachmentType(String contentType) implements Condition {
    public AttachmentType {
      contentType = contentType.trim().toLowerCase(Locale.ROOT);
      int slash = contentType.indexOf('/');
      if (slash < 1
          || slash == contentType.length() - 1
          || contentType.indexOf('/', slash + 1) >= 0
          || (contentType.startsWith("*") && !contentType.equals("*/*"))) {
        throw new IllegalArgumentException(
            "\"" + contentType + "\" isn't a type like application/pdf or image/*");
      }
    }
  }

  /** See {@link #followUp()} and {@link #notFollowUp()}. */
  record FollowUp(boolean expected) implements Condition {}
}
