package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.RuleFile;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.nylas.GrantLimiter;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.signature.SecretSource;
import io.github.nylaswebhook.spring.NylasWebhookProperties.ClaimStore;
import io.github.nylaswebhook.spring.NylasWebhookProperties.Destination;
import io.github.nylaswebhook.spring.NylasWebhookProperties.InboxStore;
import io.github.nylaswebhook.spring.NylasWebhookProperties.Limits;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/**
 * The handler, of the properties and of the beans that there are, and what starts and stops it. A
 * {@link WebhookHandler} bean of the application's own replaces it.
 */
@AutoConfiguration(
    after = {
      NylasWebhookRedisAutoConfiguration.class,
      NylasWebhookJdbcAutoConfiguration.class,
      NylasWebhookRedisConversationAutoConfiguration.class
    })
@ConditionalOnProperty(name = "nylas.webhook.enabled", matchIfMissing = true)
@EnableConfigurationProperties(NylasWebhookProperties.class)
public final class NylasWebhookAutoConfiguration {
  NylasWebhookAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean({NylasClient.class, MessageFetcher.class, WebhookHandler.class})
  @Conditional(Choice.ClientWanted.class)
  NylasClient nylasWebhookClient(
      NylasWebhookProperties properties, ObjectProvider<GrantLimiter> limiters) {
    if (properties.apiKey() == null) {
      throw new NylasWebhookConfigurationException(
          "nylas.webhook.api-key is missing, and without it no message can be fetched",
          "Set nylas.webhook.api-key to the API key that Nylas' dashboard shows for the application"
              + " (by the environment: NYLAS_WEBHOOK_API_KEY), or declare a bean of type NylasClient"
              + " or MessageFetcher.");
    }
    NylasClient.Builder builder =
        NylasClient.builder(properties.apiKey()).region(properties.region());
    if (properties.apiUrl() != null) {
      builder.baseUrl(properties.apiUrl());
    }
    Limits limits = properties.limits();
    builder.limitPerGrant(new RateLimit(limits.perGrant().calls(), limits.perGrant().period()));
    Integer all = limits.perApplication().calls();
    if (all != null) {
      builder.limitPerApplication(new RateLimit(all, limits.perApplication().period()));
    }
    Integer concurrent = limits.concurrentPerGrant();
    if (concurrent != null) {
      builder.concurrentPerGrant(concurrent);
    }
    Beans.only(limiters, GrantLimiter.class).ifPresent(builder::grantLimiter);
    return builder.build();
  }

  @Bean
  @ConditionalOnMissingBean
  WebhookHandler nylasWebhookHandler(
      NylasWebhookProperties properties,
      ObjectProvider<SecretSource> secrets,
      ObjectProvider<Inbox> inboxes,
      ObjectProvider<DedupStore> dedupStores,
      ObjectProvider<ConversationStore> conversationStores,
      ObjectProvider<NylasClient> clients,
      ObjectProvider<MessageFetcher> fetchers,
      ObjectProvider<FolderSource> folders,
      ObjectProvider<MessageFilter> filters,
      ObjectProvider<Categorizer> categorizers,
      ObjectProvider<TicketRouter> routers,
      ObjectProvider<PipelineObserver> observers,
      ObjectProvider<WebhookHandlerCustomizer> customizers) {
    WebhookHandler.Builder builder =
        WebhookHandler.builder()
            .ownAddresses(properties.supportAddresses())
            .fetchPolicy(properties.fetchPolicy())
            .maxBodyBytes((int) properties.maxBodySize().toBytes())
            .retryPolicy(properties.retries().toPolicy());
    secrets(builder, properties, Beans.only(secrets, SecretSource.class));
    Optional<Inbox> inbox = Beans.only(inboxes, Inbox.class);
    if (inbox.isEmpty() && properties.inbox() == InboxStore.JDBC) {
      throw missing("inbox", "jdbc", NylasWebhookJdbcAutoConfiguration.NEEDS);
    }
    inbox.ifPresent(builder::inbox);
    Optional<DedupStore> dedupStore = Beans.only(dedupStores, DedupStore.class);
    if (dedupStore.isEmpty() && properties.dedup() == ClaimStore.JDBC) {
      throw missing("dedup", "jdbc", NylasWebhookJdbcAutoConfiguration.NEEDS);
    }
    if (dedupStore.isEmpty() && properties.dedup() == ClaimStore.REDIS) {
      throw missing("dedup", "redis", NylasWebhookRedisAutoConfiguration.NEEDS);
    }
    dedupStore.ifPresent(builder::dedupStore);
    Beans.only(conversationStores, ConversationStore.class).ifPresent(builder::conversationStore);
    Beans.only(
            clients,
            NylasClient.class,
            "For several applications, give them to the handler by a WebhookHandlerCustomizer:"
                + " builder.nylas(applicationId, client).")
        .ifPresent(builder::nylas);
    Beans.only(fetchers, MessageFetcher.class).ifPresent(builder::messageFetcher);
    Beans.only(folders, FolderSource.class).ifPresent(builder::folderSource);
    Beans.only(filters, MessageFilter.class).ifPresent(builder::messageFilter);
    categorizer(builder, properties.rulesFile(), Beans.only(categorizers, Categorizer.class));
    router(builder, properties.router(), routers);
    observers.orderedStream().forEach(builder::observer);
    customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
    // Its routers and listeners may need beans that aren't there yet: the lifecycle starts it.
    return builder.autoStart(false).build();
  }

  @Bean
  NylasListeners nylasWebhookListeners(ConfigurableListableBeanFactory beans) {
    return new NylasListeners(beans);
  }

  /** Never lazy, for processing begins with the application, not with its first request. */
  @Bean
  @Lazy(false)
  NylasWebhookLifecycle nylasWebhookLifecycle(
      ApplicationContext context, List<WebhookHandler> handlers) {
    return new NylasWebhookLifecycle(context, handlers);
  }

  /** Says so where there can be no endpoint: a class of its own, for its condition. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
  @Lazy(false)
  static final class WithoutEndpoint {
    WithoutEndpoint(NylasWebhookProperties properties) {
      LoggerFactory.getLogger(NylasWebhookAutoConfiguration.class)
          .warn(
              "This is a WebFlux application, and the webhook's endpoint needs Spring MVC: nothing"
                  + " answers Nylas under {}. Add spring-boot-starter-web (in Spring Boot 4,"
                  + " -webmvc), and set spring.main.web-application-type to servlet",
              properties.path());
    }
  }

  private static void secrets(
      WebhookHandler.Builder builder,
      NylasWebhookProperties properties,
      Optional<SecretSource> source) {
    if (source.isPresent()) {
      if (!properties.secrets().isEmpty()) {
        throw new NylasWebhookConfigurationException(
            "There are both a bean of type SecretSource and nylas.webhook.secrets",
            "Remove one of them: either the bean says what the secrets are, or the property.");
      }
      builder.webhookSecrets(source.get());
      return;
    }
    if (properties.secrets().isEmpty()) {
      throw new NylasWebhookConfigurationException(
          "nylas.webhook.secrets is missing, and without it no delivery can be verified",
          "Set nylas.webhook.secrets to the secret that Nylas showed when the webhook was created"
              + " (by the environment: NYLAS_WEBHOOK_SECRETS), or declare a bean of type"
              + " SecretSource. To run without the webhook, set nylas.webhook.enabled to false.");
    }
    properties.secrets().forEach(builder::webhookSecret);
  }

  private static void categorizer(
      WebhookHandler.Builder builder, @Nullable Path rules, Optional<Categorizer> bean) {
    if (rules == null) {
      bean.ifPresent(builder::categorizer);
      return;
    }
    if (bean.isPresent()) {
      throw new NylasWebhookConfigurationException(
          "There are both a bean of type Categorizer and nylas.webhook.rules-file (" + rules + ")",
          "Remove one of them. A bean of type WatchedRules does what the property does:"
              + " RuleFile.watching(path).");
    }
    try {
      builder.categorizer(RuleFile.watching(rules));
    } catch (IOException e) {
      throw new NylasWebhookConfigurationException(
          "nylas.webhook.rules-file is \""
              + rules
              + "\", which can't be used: "
              + (e instanceof NoSuchFileException ? "there is no such file" : e.getMessage()),
          "Name a file of rules that this process may read ("
              + rules.toAbsolutePath()
              + " was looked for), and mend what is wrong in it; docs/rules.md has the format.",
          e);
    }
  }

  private static void router(
      WebhookHandler.Builder builder, Destination destination, ObjectProvider<TicketRouter> beans) {
    if (destination == Destination.LOG) {
      builder.ticketRouter(TicketRouter.logging());
      return;
    }
    Optional<TicketRouter> router =
        Beans.only(
            beans,
            TicketRouter.class,
            "To use them all, declare one more that is primary and combines them:"
                + " TicketRouter.byCategory(…), byRoute(…), firstOf(…) or allOf(…).");
    if (router.isEmpty() && !Beans.isService(TicketRouter.class)) {
      throw new NylasWebhookConfigurationException(
          "There is no bean of type "
              + TicketRouter.class.getName()
              + ", so tickets have nowhere to go",
          "Declare one: its route(Ticket) brings a ticket to your helpdesk. For a first try, set"
              + " nylas.webhook.router to log, which writes the ids of tickets to the log.");
    }
    router.ifPresent(builder::ticketRouter);
  }

  private static NylasWebhookConfigurationException missing(
      String property, String value, String needs) {
    return new NylasWebhookConfigurationException(
        "nylas.webhook." + property + " is \"" + value + "\", which needs " + needs,
        "Add what is missing, or leave nylas.webhook." + property + " out.");
  }
}
