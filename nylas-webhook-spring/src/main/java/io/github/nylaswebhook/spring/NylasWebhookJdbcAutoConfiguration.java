package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.jdbc.JdbcConversationStore;
import io.github.nylaswebhook.jdbc.JdbcDedupStore;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.jdbc.JdbcSchema;
import io.github.nylaswebhook.ticket.ConversationStore;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * The inbox, the claims and the conversations in the application's database, if nylas-webhook-jdbc
 * and a {@link DataSource} are there and the application has no stores of its own.
 */
@AutoConfiguration(
    after = NylasWebhookRedisAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"
    })
@ConditionalOnClass(JdbcInbox.class)
@ConditionalOnBean(DataSource.class)
@ConditionalOnMissingBean(WebhookHandler.class)
@ConditionalOnProperty(name = "nylas.webhook.enabled", matchIfMissing = true)
@EnableConfigurationProperties(NylasWebhookProperties.class)
public final class NylasWebhookJdbcAutoConfiguration {
  static final String NEEDS = "nylas-webhook-jdbc on the class path and a bean of type DataSource";

  NylasWebhookJdbcAutoConfiguration() {}

  /** The data source whose database has the tables. */
  record Tables(DataSource dataSource) {}

  /** After the application's own migrations, which may make these tables, or want to be first. */
  @Bean
  @Conditional(Choice.InboxOrDedupInDatabase.class)
  @DependsOnDatabaseInitialization
  Tables nylasWebhookTables(
      NylasWebhookProperties properties, ObjectProvider<DataSource> dataSources) {
    DataSource dataSource =
        Beans.only(
                dataSources,
                DataSource.class,
                "Or declare JdbcInbox and JdbcDedupStore beans with the one you want, or set"
                    + " nylas.webhook.inbox to memory.")
            .orElseThrow();
    if (properties.jdbc().createSchema()) {
      JdbcSchema.createSchemaIfMissing(dataSource);
    }
    return new Tables(dataSource);
  }

  @Bean
  @ConditionalOnMissingBean(Inbox.class)
  @Conditional(Choice.InboxInDatabase.class)
  JdbcInbox nylasWebhookInbox(NylasWebhookProperties properties, Tables tables) {
    try {
      return JdbcInbox.builder(tables.dataSource())
          .retryPolicy(properties.retries().toPolicy())
          .build();
    } catch (IllegalStateException e) {
      if (properties.jdbc().createSchema()) {
        throw e;
      }
      throw new NylasWebhookConfigurationException(
          String.valueOf(e.getMessage()),
          "Run the script in "
              + JdbcSchema.location(tables.dataSource())
              + " of nylas-webhook-jdbc's jar, by hand or with Flyway, or leave"
              + " nylas.webhook.jdbc.create-schema out.",
          e);
    }
  }

  /** Wherever claims are: what is known of conversations is to last for months. */
  @Bean
  @ConditionalOnMissingBean(ConversationStore.class)
  @Conditional(Choice.InboxOrDedupInDatabase.class)
  JdbcConversationStore nylasWebhookConversationStore(Tables tables) {
    return new JdbcConversationStore(tables.dataSource());
  }

  @Bean
  @ConditionalOnMissingBean(DedupStore.class)
  @Conditional(Choice.DedupInDatabase.class)
  JdbcDedupStore nylasWebhookDedupStore(Tables tables) {
    return new JdbcDedupStore(tables.dataSource());
  }
}
