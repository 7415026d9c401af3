package io.github.nylaswebhook.filter;

/**
 * Why a message is of its kind.
 *
 * @param code which rule, in lower case with dashes: stable, for counting
 * @param evidence what it saw: a header, a phrase, a content type. May hold words of the mail, so
 *     it isn't for logs at INFO or above
 */
public record Reason(String code, String evidence) {}
