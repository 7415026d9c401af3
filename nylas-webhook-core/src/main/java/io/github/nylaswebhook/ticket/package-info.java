/** What comes out: tickets, and the SPI through which they reach a helpdesk. */
@NullMarked
package io.github.nylaswebhook.ticket;

import org.jspecify.annotations.NullMarked;
