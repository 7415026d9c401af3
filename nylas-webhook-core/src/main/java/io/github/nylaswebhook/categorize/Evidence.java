package io.github.nylaswebhook.categorize;

/**
 * Why a message got its category or its priority. Holds words of the mail, so it isn't for logs at
 * INFO or above.
 *
 * @param rule the category of the rule that matched, or {@code vip-domain}
 * @param field where: {@code subject}, {@code body}, {@code text} (both joined, as the tutorial
 *     does) or {@code from}
 * @param keyword the rule's word or phrase
 * @param matched the words that were found for it
 */
public record Evidence(String rule, String field, String keyword, String matched) {}
