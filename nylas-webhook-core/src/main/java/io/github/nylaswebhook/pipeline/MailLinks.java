package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.internal.Keys;
import io.github.nylaswebhook.internal.Phrases;
import io.github.nylaswebhook.internal.SubjectMarks;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.ticket.Conversation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * By what a mail can be told to belong to a conversation.
 *
 * @param own the mail's own key
 * @param thread the key of the provider's thread; empty if it has none
 * @param references the keys of the mails that it answers: the one that it answers first, then its
 *     predecessors from the newest to the oldest
 * @param tokens the keys of the tickets that its subject may name
 * @param writers lower-case addresses of whoever wrote it: where answers go, because forms and
 *     shops write for many people under one address; else the sender's; mostly one
 * @param people lower-case addresses of all who are named, without ours; the writers' last
 * @param answers whether it is an answer, by a person as far as can be told, or by a machine
 */
record MailLinks(
    String own,
    String thread,
    List<String> references,
    List<String> tokens,
    Set<String> writers,
    Set<String> people,
    boolean answers) {

  /** References grow with each answer; the newest and the first say it. */
  private static final int MAX_REFERENCES = 40;

  private static final int MAX_TOKENS = 5;

  /** RFC 5322 §3.6: one of each. */
  private static final int MAX_HEADERS = 5;

  /** Of so many characters of a header, only those at its ends are read: hundreds of ids. */
  private static final int MAX_LENGTH = 65_536;

  /** RFC 5322 §2.1.1: no line, and so no id, is longer. */
  private static final int MAX_ID = 998;

  /** RFC 5322 §3.6.4: what stands between angle brackets. */
  private static final Pattern MESSAGE_ID = Pattern.compile("<([^<>\\s]+)>");

  /** {@code [#123]}, {@code [SUP-12]}, {@code (#123)} and {@code #123}. */
  private static final Pattern TOKEN =
      Pattern.compile("\\[#?([\\p{Alnum}._/-]{1,80})\\]|(?<![\\p{Alnum}&])#([\\p{Alnum}_-]{1,80})");

  static MailLinks of(Message message, boolean note, Set<String> ownAddresses) {
    String grant = message.grantId();
    String own =
        message
            .header("Message-ID")
            .map(MailLinks::ids)
            .flatMap(ids -> ids.stream().findFirst())
            .map(id -> mail(grant, id))
            .orElseGet(() -> Keys.of("message", grant, message.id()));
    Set<String> references = new LinkedHashSet<>();
    references.addAll(ids(message, "In-Reply-To"));
    List<String> earlier = new ArrayList<>(ids(message, "References"));
    Collections.reverse(earlier);
    references.addAll(earlier);
    Set<String> ours =
        ownAddresses.stream().map(MailLinks::lower).collect(Collectors.toUnmodifiableSet());
    Set<String> writers = addresses(message.replyTo().stream(), ours);
    if (writers.isEmpty()) {
      writers = addresses(message.from().stream().limit(1), ours);
    }
    return new MailLinks(
        own,
        message.threadId().isEmpty() ? "" : Keys.thread(grant, message.threadId()),
        mostRelevant(references).stream().map(id -> mail(grant, id)).toList(),
        tokens(message),
        writers,
        people(message, writers, ours),
        // Machines write about something; where they don't say what, the provider has found it out.
        note || answers(message));
  }

  private static boolean answers(Message message) {
    return message.headersKnown()
        ? message.isFollowUp()
        : SubjectMarks.isAnswer(Phrases.fold(message.subject()));
  }

  /** The name of its conversation, if it begins one or is the first of one that is seen. */
  String conversationId() {
    if (!thread.isEmpty()) {
      return thread;
    }
    return references.isEmpty() ? own : references.get(references.size() - 1);
  }

  /** Everything by which its conversation may be known. */
  Set<String> keys() {
    Set<String> keys = new LinkedHashSet<>();
    keys.add(own);
    if (!thread.isEmpty()) {
      keys.add(thread);
    }
    keys.addAll(references);
    keys.addAll(tokens);
    return keys;
  }

  /**
   * Which of these conversations the mail belongs to: the one that it is known to be in; then by
   * the provider's thread, unless it was put there for its subject alone; then by the mails that it
   * refers to; then by a ticket that its subject names, if its sender takes part.
   */
  Optional<Conversation> choose(List<Conversation> candidates) {
    return known(candidates)
        .or(() -> inThread(candidates.stream().filter(c -> c.keys().contains(thread)).toList()))
        .or(() -> byReferences(candidates))
        .or(
            () ->
                tokens.stream()
                    .flatMap(token -> having(candidates, token).stream())
                    .filter(this::takesPart)
                    .findFirst());
  }

  /**
   * The one that it is known to be in. Some programs give every mail the same Message-ID, so where
   * there are threads, that alone brings nobody into a stranger's conversation.
   */
  private Optional<Conversation> known(List<Conversation> candidates) {
    return candidates.stream()
        .filter(conversation -> conversation.keys().contains(own))
        .filter(
            conversation ->
                thread.isEmpty()
                    || conversation.keys().contains(thread)
                    || writers.isEmpty()
                    || takesPart(conversation))
        .findFirst();
  }

  private boolean takesPart(Conversation conversation) {
    return writers.stream().anyMatch(conversation.participants()::contains);
  }

  /** Providers put strangers' mails of the same subject into one thread. */
  private Optional<Conversation> inThread(List<Conversation> candidates) {
    return byReferences(candidates)
        .or(() -> candidates.stream().filter(this::takesPart).findFirst())
        .or(() -> answers ? candidates.stream().findFirst() : Optional.empty());
  }

  private Optional<Conversation> byReferences(List<Conversation> candidates) {
    return references.stream().flatMap(key -> having(candidates, key).stream()).findFirst();
  }

  private static Optional<Conversation> having(List<Conversation> candidates, String key) {
    return candidates.stream()
        .filter(conversation -> conversation.keys().contains(key))
        .findFirst();
  }

  /** The key of a ticket, as subjects name it. */
  static String token(String grant, String ticketId) {
    return Keys.of("ticket", grant, ticketId.toLowerCase(Locale.ROOT));
  }

  private static List<String> tokens(Message message) {
    Set<String> found = new LinkedHashSet<>();
    Matcher matcher = TOKEN.matcher(message.subject());
    while (found.size() < MAX_TOKENS && matcher.find()) {
      String id = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
      found.add(token(message.grantId(), id));
    }
    return List.copyOf(found);
  }

  private static String mail(String grant, String id) {
    return Keys.of("mail", grant, id);
  }

  private static List<String> ids(Message message, String header) {
    return message.headerValues(header).stream()
        .limit(MAX_HEADERS)
        .flatMap(value -> ids(value).stream())
        .toList();
  }

  private static List<String> ids(String header) {
    List<String> ids = new ArrayList<>();
    Matcher matcher = MESSAGE_ID.matcher(ends(header));
    while (matcher.find()) {
      if (matcher.group(1).length() <= MAX_ID) {
        ids.add(matcher.group(1));
      }
    }
    return ids;
  }

  /** The whole of it, unless nobody means that. */
  private static String ends(String header) {
    return header.length() <= MAX_LENGTH
        ? header
        : header.substring(0, MAX_LENGTH / 2)
            + " "
            + header.substring(header.length() - MAX_LENGTH / 2);
  }

  private static List<String> mostRelevant(Set<String> references) {
    List<String> all = List.copyOf(references);
    if (all.size() <= MAX_REFERENCES) {
      return all;
    }
    List<String> some = new ArrayList<>(all.subList(0, MAX_REFERENCES - 1));
    some.add(all.get(all.size() - 1));
    return some;
  }

  private static Set<String> people(Message message, Set<String> writers, Set<String> ours) {
    Set<String> people =
        addresses(
            Stream.of(message.to(), message.cc(), message.replyTo(), message.from())
                .flatMap(List::stream),
            ours);
    people.removeAll(writers);
    people.addAll(writers);
    return people;
  }

  private static Set<String> addresses(Stream<EmailAddress> some, Set<String> ours) {
    return some.map(address -> lower(address.email()))
        .filter(address -> !address.isEmpty() && !ours.contains(address))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static String lower(String address) {
    return address.strip().toLowerCase(Locale.ROOT);
  }
}
