package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.message.MessageFetcher;
import java.util.Locale;
import java.util.Set;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Which of the stores the properties ask for, or leave open. */
abstract class Choice implements Condition {
  static final class InboxInDatabase extends Choice {
    @Override
    boolean matches(String inbox, String dedup) {
      return Set.of("auto", "jdbc").contains(inbox);
    }
  }

  /** Without a word about the claims they are where the inbox is. */
  static final class DedupInDatabase extends Choice {
    @Override
    boolean matches(String inbox, String dedup) {
      return dedup.equals("jdbc") || (dedup.equals("auto") && !inbox.equals("memory"));
    }
  }

  static final class InboxOrDedupInDatabase extends Choice {
    @Override
    boolean matches(String inbox, String dedup) {
      return !inbox.equals("memory") || dedup.equals("jdbc");
    }
  }

  static final class DedupInRedis extends Choice {
    @Override
    boolean matches(String inbox, String dedup) {
      return Set.of("auto", "redis").contains(dedup);
    }
  }

  /** Without an API key, a fetcher that ServiceLoader finds needs no client. */
  static final class ClientWanted implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return context.getEnvironment().containsProperty("nylas.webhook.api-key")
          || !Beans.isService(MessageFetcher.class);
    }
  }

  abstract boolean matches(String inbox, String dedup);

  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return matches(value(context, "inbox"), value(context, "dedup"));
  }

  private static String value(ConditionContext context, String property) {
    return context
        .getEnvironment()
        .getProperty("nylas.webhook." + property, "auto")
        .toLowerCase(Locale.ROOT);
  }
}
