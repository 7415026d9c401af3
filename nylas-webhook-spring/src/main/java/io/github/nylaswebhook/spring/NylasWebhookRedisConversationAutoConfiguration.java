package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.redis.RedisConversationStore;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.lettuce.core.RedisClient;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;

/**
 * The conversations in Redis, if it is known and no database keeps them: after that one had its
 * turn, unlike the claims, because what is remembered for months is better kept in a database.
 */
@AutoConfiguration(after = NylasWebhookJdbcAutoConfiguration.class)
@ConditionalOnClass({RedisConversationStore.class, RedisClient.class})
@Conditional(NylasWebhookRedisAutoConfiguration.RedisIsKnown.class)
@ConditionalOnMissingBean(WebhookHandler.class)
@ConditionalOnProperty(name = "nylas.webhook.enabled", matchIfMissing = true)
public final class NylasWebhookRedisConversationAutoConfiguration {
  NylasWebhookRedisConversationAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(ConversationStore.class)
  @Conditional(Choice.DedupInRedis.class)
  RedisConversationStore nylasWebhookConversationStore(
      ObjectProvider<RedisClient> clients, ListableBeanFactory beans, Environment environment) {
    RedisClient client = NylasWebhookRedisAutoConfiguration.client(clients, beans);
    return client == null
        ? RedisConversationStore.builder(environment.getRequiredProperty("spring.data.redis.url"))
            .build()
        : RedisConversationStore.builder(client).build();
  }
}
