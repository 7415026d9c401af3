package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Keys;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.Conversation.Opened;
import io.github.nylaswebhook.ticket.Conversation.UnderWay;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A mail's conversation, kept from the other mails of it until it is closed: by claims, so that of
 * two mails that arrive together, on whatever nodes, one opens the ticket and the other one finds
 * it. Used by one thread.
 */
final class HeldConversation implements AutoCloseable {
  /** Routing takes about so long, and the other one lets go when it is done. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final TicketPipeline pipeline;
  private final MailLinks links;
  private final String grantId;
  private final String messageId;
  private final List<HeldClaim> claims = new ArrayList<>();
  private Conversation conversation;

  private HeldConversation(
      TicketPipeline pipeline, MailLinks links, String grantId, String messageId) {
    this.pipeline = pipeline;
    this.links = links;
    this.grantId = grantId;
    this.messageId = messageId;
    this.conversation = Conversation.of(links.conversationId());
  }

  /**
   * Holds the mail's conversation, or the one that it begins.
   *
   * @throws RetryLaterException if another mail of it is being worked on
   */
  static HeldConversation of(
      TicketPipeline pipeline, MailLinks links, String grantId, String messageId)
      throws StoreUnavailableException {
    HeldConversation held = new HeldConversation(pipeline, links, grantId, messageId);
    try {
      held.open();
      return held;
    } catch (Throwable e) {
      held.close();
      throw e;
    }
  }

  private void open() throws StoreUnavailableException {
    String begun = links.conversationId();
    claim(begun);
    List<Conversation> found = pipeline.conversations.find(links.keys());
    Optional<Conversation> chosen = links.choose(found);
    if (chosen.isPresent() && !chosen.get().id().equals(begun)) {
      // Known by something else than what it is called: whoever works on it holds that.
      claim(chosen.get().id());
      found = pipeline.conversations.find(links.keys());
      Optional<Conversation> again = links.choose(found);
      if (again.isEmpty() || !again.get().id().equals(chosen.get().id())) {
        throw busy();
      }
      chosen = again;
    }
    if (chosen.isPresent()) {
      conversation = chosen.get();
    } else if (found.stream().anyMatch(other -> other.id().equals(begun))) {
      // Of the same thread, by its subject alone: it gets a conversation of its own in there.
      conversation = Conversation.of(Keys.of("message", grantId, messageId));
    }
  }

  private void claim(String id) throws StoreUnavailableException {
    Instant askedAt = pipeline.clock.instant();
    Claim claim = pipeline.dedupStore.claim("conversation:" + id, pipeline.claimLease);
    if (!(claim instanceof Claim.Claimed mine)) {
      throw busy();
    }
    claims.add(
        new HeldClaim(
            pipeline.dedupStore,
            mine,
            pipeline.claimLease,
            askedAt,
            pipeline.clock,
            pipeline.held));
  }

  private RetryLaterException busy() {
    return new RetryLaterException(
        "another mail of the conversation is being worked on",
        pipeline.clock.instant().plus(LOOK_AGAIN),
        false);
  }

  /** Which ticket it has at each destination, and which mail opened it. */
  Map<String, Opened> tickets() {
    return conversation.tickets();
  }

  /** The ticket to append to; none if there is none yet, or if it is this very mail's. */
  TicketRef parent(String destination) {
    Opened opened = conversation.tickets().get(destination);
    return opened == null || opened.messageId().equals(messageId)
        ? TicketRef.NONE
        : opened.ticket();
  }

  void ensureHeld() throws StoreUnavailableException {
    for (HeldClaim claim : claims) {
      claim.ensureHeld();
    }
  }

  /** Whether an earlier try may have brought the mail to the destination. */
  boolean isUnderWay(String destination) {
    return conversation.underWay().contains(new UnderWay(destination, messageId));
  }

  /** Stores that the mail may be at the destination from now on. */
  void begin(String destination) throws StoreUnavailableException {
    Set<UnderWay> underWay = new LinkedHashSet<>(conversation.underWay());
    underWay.add(new UnderWay(destination, messageId));
    save(conversation.tickets(), underWay);
  }

  /** Stores where the mail is. */
  void routed(String destination, TicketRef parent, TicketRef ticket, List<String> planned)
      throws StoreUnavailableException {
    Map<String, Opened> tickets = new LinkedHashMap<>(conversation.tickets());
    planned.forEach(name -> tickets.putIfAbsent(name, new Opened(TicketRef.NONE, messageId)));
    boolean appended = !parent.isNone() && (ticket.isNone() || parent.id().equals(ticket.id()));
    if (!appended) {
      tickets.put(destination, new Opened(ticket, messageId));
    }
    // Who dies before it is noted that the mail is done routes it again, and has to look first: so
    // it stays known that it was under way.
    save(tickets, conversation.underWay());
  }

  private void save(Map<String, Opened> tickets, Set<UnderWay> underWay)
      throws StoreUnavailableException {
    // The oldest are forgotten first: these are what it is found by when all else is.
    Set<String> lasting = new LinkedHashSet<>();
    if (!links.thread().isEmpty()) {
      lasting.add(links.thread());
    }
    tickets.values().stream()
        .map(opened -> opened.ticket().id())
        .filter(id -> !id.isEmpty())
        .forEach(id -> lasting.add(MailLinks.token(grantId, id)));
    lasting.remove(conversation.id());
    Set<String> keys = new LinkedHashSet<>();
    keys.add(conversation.id());
    keys.addAll(conversation.keys());
    keys.add(links.own());
    keys.removeAll(lasting);
    keys.addAll(lasting);
    Set<String> participants = new LinkedHashSet<>(conversation.participants());
    participants.removeAll(links.people());
    participants.addAll(links.people());
    conversation = new Conversation(conversation.id(), keys, participants, tickets, underWay);
    pipeline.conversations.save(conversation, ConversationStore.RETENTION);
  }

  /** Lets the others have it. */
  @Override
  public void close() {
    claims.forEach(HeldClaim::close);
  }
}
