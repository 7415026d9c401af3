package io.github.nylaswebhook.categorize;

/**
 * Why a message got its category, its priority, or whatever else rules give it. Holds words of the
 * mail, so it isn't for logs at INFO or above.
 *
 * @param rule the name of the rule that matched, or {@code vip-sender}, {@code vip-domain}, {@code
 *     priority-words} or {@code office-hours}
 * @param field where: {@code subject}, {@code body}, {@code text} (both joined, as the tutorial
 *     does), {@code from}, {@code to}, {@code cc}, {@code bcc}, {@code header:} and its name,
 *     {@code attachment}, {@code thread} or {@code date}
 * @param keyword what the rule asks for: a word, a phrase, an expression, an address, a type
 * @param matched what was found for it
 */
public record Evidence(String rule, String field, String keyword, String matched) {}
