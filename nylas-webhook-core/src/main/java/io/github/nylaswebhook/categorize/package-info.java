/** What a mail is about and how urgent it is: rules over keywords. */
@NullMarked
package io.github.nylaswebhook.categorize;

import org.jspecify.annotations.NullMarked;
