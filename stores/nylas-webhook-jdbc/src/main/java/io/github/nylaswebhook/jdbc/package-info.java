/** What is to survive, in a database. */
@NullMarked
package io.github.nylaswebhook.jdbc;

import org.jspecify.annotations.NullMarked;
