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
import java.util.stream.Stream;

/**
 * By what a mail can be told to belong to a conversation.
 *
 * @param own the mail's own key
 * @param thread the key of the provider's thread; empty if it has none
 * @param references the keys of the mails that it answers: the one that it answers first, then its
 *     predecessors from the newest to the oldest
 * @param tokens the keys of the tickets that its subject may name
 * @param sender lower-case address; empty if there is none
 * @param people lower-case addresses of all who are named; the sender's last
 * @param answers whether it is an answer, by a person as far as can be told, or by a machine
 */
record MailLinks(
    String own,
    String thread,
    List<String> references,
    List<String> tokens,
    String sender,
    Set<String> people,
    boolean answers) {

  /** References grow with each answer; the newest and the first say it. */
  private static final int MAX_REFERENCES = 40;

  private static final int MAX_TOKENS = 5;

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
    message.headerValues("In-Reply-To").forEach(value -> references.addAll(ids(value)));
    List<String> earlier = new ArrayList<>();
    message.headerValues("References").forEach(value -> earlier.addAll(ids(value)));
    Collections.reverse(earlier);
    references.addAll(earlier);
    String sender = lower(message.sender());
    return new MailLinks(
        own,
        message.threadId().isEmpty() ? "" : Keys.thread(grant, message.threadId()),
        mostRelevant(references).stream().map(id -> mail(grant, id)).toList(),
        tokens(message),
        sender,
        people(message, sender, ownAddresses),
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
    return having(candidates, own)
        .or(() -> inThread(candidates.stream().filter(c -> c.keys().contains(thread)).toList()))
        .or(() -> byReferences(candidates))
        .or(
            () ->
                tokens.stream()
                    .flatMap(token -> having(candidates, token).stream())
                    .filter(conversation -> conversation.participants().contains(sender))
                    .findFirst());
  }

  /** Providers put strangers' mails of the same subject into one thread. */
  private Optional<Conversation> inThread(List<Conversation> candidates) {
    return byReferences(candidates)
        .or(
            () ->
                candidates.stream()
                    .filter(conversation -> conversation.participants().contains(sender))
                    .findFirst())
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

  private static List<String> ids(String header) {
    List<String> ids = new ArrayList<>();
    Matcher matcher = MESSAGE_ID.matcher(header);
    while (matcher.find()) {
      if (matcher.group(1).length() <= MAX_ID) {
        ids.add(matcher.group(1));
      }
    }
    return ids;
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

  private static Set<String> people(Message message, String sender, Set<String> ownAddresses) {
    Set<String> people = new LinkedHashSet<>();
    Stream.of(message.to(), message.cc(), message.replyTo())
        .flatMap(List::stream)
        .map(MailLinks::lower)
        .filter(address -> !address.isEmpty())
        .forEach(people::add);
    ownAddresses.forEach(address -> people.remove(address.toLowerCase(Locale.ROOT)));
    if (!sender.isEmpty()) {
      people.remove(sender);
      people.add(sender);
    }
    return people;
  }

  private static String lower(EmailAddress address) {
    return address.email().strip().toLowerCase(Locale.ROOT);
  }
}
