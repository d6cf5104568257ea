/// A driver for Tombolo that a stranger could have written.
package org.example.slate;
