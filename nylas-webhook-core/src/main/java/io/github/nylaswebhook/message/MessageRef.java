package io.github.nylaswebhook.message;

/**
 * Where a message is.
 *
 * @param applicationId the Nylas application; empty if the notification doesn't say
 * @param grantId the connected account
 * @param messageId unique within the grant only
 */
public record MessageRef(String applicationId, String grantId, String messageId) {}
