/** Whose mail it is: people's, machines', or our own. */
@NullMarked
package io.github.nylaswebhook.filter;

import org.jspecify.annotations.NullMarked;
