/**
 * Claims, conversations and the rate limit in one Redis (or Valkey) that all nodes share. Redis 5
 * or newer; a Redis Cluster's slots aren't followed, so it is given as the primary's or a
 * sentinel's address.
 */
@org.jspecify.annotations.NullMarked
package io.github.nylaswebhook.redis;
