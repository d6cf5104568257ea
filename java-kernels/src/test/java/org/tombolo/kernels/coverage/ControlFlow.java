package org.tombolo.kernels.coverage;

import java.util.List;
import org.tombolo.kernels.Item;

/// Branches and loops.
@SuppressWarnings({"all", "fallthrough", "lossy-conversions"}) // it is about what others avoid
final class ControlFlow extends Constructs {
  @Override
  List<Construct> constructs() {
    return List.of(
        new Construct("ifAlone", "if"),
        new Construct("ifElse", "if, else"),
        new Construct("ifElseIf", "a chain of else if"),
        new Construct("ifInIf", "if inside if and else"),
        new Construct("danglingElse", "else of an inner if"),
        new Construct("ifWhileElse", "loops in both arms of an if"),
        new Construct("sequenceOfIfs", "ifs one after the other"),
        new Construct("emptyIf", "if without a body"),
        new Construct("and", "&&"),
        new Construct("or", "||"),
        new Construct("andAnd", "&& of three"),
        new Construct("andOrPrecedence", "&& and || without parentheses"),
        new Construct("andOrAnd", "|| in parentheses between &&"),
        new Construct("orOrAnd", "|| of three, then &&, with else"),
        new Construct("notAnd", "! around && and ||"),
        new Construct("booleanLogic", "&, | and ^ of booleans"),
        new Construct("booleanAssign", "&=, |= and ^= of booleans"),
        new Construct("booleanToggle", "a boolean that each trip turns"),
        new Construct("booleansCompared", "booleans compared"),
        new Construct("ternary", "?:"),
        new Construct("ternaryNested", "?: inside ?:"),
        new Construct("ternaryAnd", "&& and || as conditions of ?:"),
        new Construct("ternarySum", "?: as a term"),
        new Construct("ternaryArgument", "?: as an argument"),
        new Construct("ternaryIndex", "?: as an index"),
        new Construct("ternaryCompared", "?: inside a comparison"),
        new Construct("forUp", "for"),
        new Construct("forDown", "for downwards"),
        new Construct("forTwo", "for with two variables"),
        new Construct("forInFor", "for inside for"),
        new Construct("forAnd", "for with && in its condition"),
        new Construct("forOr", "for with || in its condition"),
        new Construct("forIf", "if inside for"),
        new Construct("forEmpty", "for without a body"),
        new Construct("forLong", "for over long"),
        new Construct("forFloat", "for over float"),
        new Construct("forShift", "for that halves"),
        new Construct("twoFors", "two loops with one name"),
        new Construct("whileLoop", "while"),
        new Construct("whileIncrement", "while over an increment"),
        new Construct("whileAssign", "while over an assignment"),
        new Construct("whileTrue", "while (true) left by return"),
        new Construct("whileInIf", "while as the last of an if"),
        new Construct("doWhile", "do"),
        new Construct("doWhileAnd", "do with && and ||"),
        new Construct("doInDo", "do inside do"),
        new Construct("breakFor", "break out of for"),
        new Construct("breakMiddle", "break after statements"),
        new Construct("breakTrue", "break out of while (true)"),
        new Construct("breakOuter", "break with a label"),
        new Construct("breakBlock", "break out of a block"),
        new Construct("continueFor", "continue in for"),
        new Construct("continueTwice", "several continues"),
        new Construct("continueWhile", "continue in while"),
        new Construct("continueDo", "continue in do"),
        new Construct("continueOuter", "continue with a label"),
        new Construct("returnEarly", "return in the middle"),
        new Construct("returnInLoop", "return out of a loop"),
        new Construct("switchOld", "switch with break"),
        new Construct("switchThrough", "switch that falls through"),
        new Construct("switchArrow", "switch as an expression"),
        new Construct("switchInLoop", "switch and continue in a loop"),
        new Construct("scopes", "variables of blocks"),
        new Construct("deep", "loops and ifs inside each other"));
  }

  @Override
  protected void run(Item item) {
    int i = item.globalId(1);
    int v = in.get(i) % 100; // so that all loops end
    int result =
        switch (item.globalId(0)) {
          case 0 -> ifAlone(v, i);
          case 1 -> ifElse(v, i);
          case 2 -> ifElseIf(v, i);
          case 3 -> ifInIf(v, i);
          case 4 -> danglingElse(v, i);
          case 5 -> ifWhileElse(v, i);
          case 6 -> sequenceOfIfs(v, i);
          case 7 -> emptyIf(v, i);
          case 8 -> and(v, i);
          case 9 -> or(v, i);
          case 10 -> andAnd(v, i);
          case 11 -> andOrPrecedence(v, i);
          case 12 -> andOrAnd(v, i);
          case 13 -> orOrAnd(v, i);
          case 14 -> notAnd(v, i);
          case 15 -> booleanLogic(v, i);
          case 16 -> booleanAssign(v, i);
          case 17 -> booleanToggle(v, i);
          case 18 -> booleansCompared(v, i);
          case 19 -> ternary(v, i);
          case 20 -> ternaryNested(v, i);
          case 21 -> ternaryAnd(v, i);
          case 22 -> ternarySum(v, i);
          case 23 -> ternaryArgument(v, i);
          case 24 -> ternaryIndex(v, i);
          case 25 -> ternaryCompared(v, i);
          case 26 -> forUp(v, i);
          case 27 -> forDown(v, i);
          case 28 -> forTwo(v, i);
          case 29 -> forInFor(v, i);
          case 30 -> forAnd(v, i);
          case 31 -> forOr(v, i);
          case 32 -> forIf(v, i);
          case 33 -> forEmpty(v, i);
          case 34 -> forLong(v, i);
          case 35 -> forFloat(v, i);
          case 36 -> forShift(v, i);
          case 37 -> twoFors(v, i);
          case 38 -> whileLoop(v, i);
          case 39 -> whileIncrement(v, i);
          case 40 -> whileAssign(v, i);
          case 41 -> whileTrue(v, i);
          case 42 -> whileInIf(v, i);
          case 43 -> doWhile(v, i);
          case 44 -> doWhileAnd(v, i);
          case 45 -> doInDo(v, i);
          case 46 -> breakFor(v, i);
          case 47 -> breakMiddle(v, i);
          case 48 -> breakTrue(v, i);
          case 49 -> breakOuter(v, i);
          case 50 -> breakBlock(v, i);
          case 51 -> continueFor(v, i);
          case 52 -> continueTwice(v, i);
          case 53 -> continueWhile(v, i);
          case 54 -> continueDo(v, i);
          case 55 -> continueOuter(v, i);
          case 56 -> returnEarly(v, i);
          case 57 -> returnInLoop(v, i);
          case 58 -> switchOld(v, i);
          case 59 -> switchThrough(v, i);
          case 60 -> switchArrow(v, i);
          case 61 -> switchInLoop(v, i);
          case 62 -> scopes(v, i);
          case 63 -> deep(v, i);
          default -> 0;
        };
    out.set(item.globalId(), result);
  }

  private int ifAlone(int v, int i) {
    int r = 0;
    if (v > 0) {
      r = 1;
    }
    return r;
  }

  private int ifElse(int v, int i) {
    if (v > 0) {
      return 1;
    } else {
      return 2;
    }
  }

  private int ifElseIf(int v, int i) {
    int r;
    if (v == 1) {
      r = 10;
    } else if (v == 2) {
      r = 20;
    } else if (v == 3) {
      r = 30;
    } else {
      r = 40;
    }
    return r;
  }

  private int ifInIf(int v, int i) {
    int r = 0;
    if (v > 0) {
      if (v > 5) {
        r = 1;
      } else if (v > 3) {
        r = 5;
      }
    } else {
      if (v < -5) {
        r = 2;
      } else {
        r = 3;
      }
    }
    return r;
  }

  private int danglingElse(int v, int i) {
    int r = 1;
    if (v > 0)
      if (v > 5) r = 7;
      else r = 2;
    else if (v < -5) r = 3;
    return r;
  }

  private int ifWhileElse(int v, int i) {
    int r = 0;
    if (v > 0) {
      while (r < v) {
        r += 2;
      }
    } else {
      while (r > v) {
        r -= 3;
      }
    }
    return r;
  }

  private int sequenceOfIfs(int v, int i) {
    int r = 0;
    if (v > 1) {
      r += 1;
    }
    if (v > 2) {
      r += 2;
    }
    if (v > 3) {
      r += 4;
    } else {
      r += 8;
    }
    return r;
  }

  private int emptyIf(int v, int i) {
    if (v > 0) {}
    int r = 1;
    if (v > 2) {
    } else {
      r = 2;
    }
    return r;
  }

  private int and(int v, int i) {
    return v > 0 && v < 5 ? 1 : 0;
  }

  private int or(int v, int i) {
    return v > 4 || v < -4 ? 1 : 0;
  }

  private int andAnd(int v, int i) {
    int r = 0;
    if (v > 0 && v < 9 && v % 2 == 0) {
      r = 1;
    }
    return r;
  }

  private int andOrPrecedence(int v, int i) {
    boolean a = v > 0;
    boolean b = v > 3;
    boolean c = v % 2 == 0;
    return a && b || c && !a ? 1 : 0;
  }

  private int andOrAnd(int v, int i) {
    boolean a = v > 0;
    boolean b = v > 3;
    boolean c = v % 2 == 0;
    int r = 0;
    if ((a || b) && (c || !b)) {
      r = 2;
    }
    if (a && (b || c) && !(a && c)) {
      r += 4;
    }
    return r;
  }

  private int orOrAnd(int v, int i) {
    if (v == 1 || v == 3 || v == 5 && i > 3) {
      return 1;
    } else {
      return 2;
    }
  }

  private int notAnd(int v, int i) {
    boolean b = v > 3;
    boolean c = v < 7;
    return (!(b && c) ? 1 : 0) + (!(b || c) ? 2 : 0) + (!b && !c || b ? 4 : 0);
  }

  private int booleanLogic(int v, int i) {
    boolean a = v > 0 && v < 5 || v == -3;
    boolean b = !a;
    boolean c = v > 2;
    return (a ? 1 : 0) + (b ? 2 : 0) + (a ^ c ? 4 : 0) + (a & c ? 8 : 0) + (a | c ? 16 : 0);
  }

  private int booleanAssign(int v, int i) {
    boolean b = v > 0;
    b = !b;
    b &= v > -7;
    b |= v < -8;
    b ^= true;
    return b ? 1 : 0;
  }

  private int booleanToggle(int v, int i) {
    boolean on = false;
    for (int k = 0; k < (v & 7); k++) {
      on = !on;
    }
    return on ? 1 : 0;
  }

  private int booleansCompared(int v, int i) {
    boolean b = v > 3;
    boolean c = i > 5;
    return (b == c ? 1 : 0) + (b != c ? 2 : 0);
  }

  private int ternary(int v, int i) {
    return v > 0 ? 1 : 2;
  }

  private int ternaryNested(int v, int i) {
    return v > 0 ? v < 5 ? 1 : v * 2 : v == -1 || v == -3 ? 7 : -v;
  }

  private int ternaryAnd(int v, int i) {
    return v > 0 && v < 5 || v == 7 ? v > 2 ? 3 : 4 : 5;
  }

  private int ternarySum(int v, int i) {
    return (v > 0 ? 1 : 0) + (v > 2 ? v > 3 ? 4 : 5 : 6) * (v < 0 ? -1 : 1);
  }

  private int ternaryArgument(int v, int i) {
    return minus(v > 0 ? 1 : 2, v > 3 && v < 8 ? 3 : 4) + (v > 1 ? 10 : 20);
  }

  private int ternaryIndex(int v, int i) {
    return in.get(v > 5 ? i - 1 : i < 60 ? i + 1 : i);
  }

  private int ternaryCompared(int v, int i) {
    int r = v;
    if ((v > 0 ? v : -v) > 3) {
      r = 1;
    }
    return r;
  }

  private int forUp(int v, int i) {
    int s = 0;
    for (int k = 0; k < 10; k++) {
      s += k * v;
    }
    return s;
  }

  private int forDown(int v, int i) {
    int s = 0;
    for (int k = 9; k >= 0; --k) {
      s = s * 3 + k;
    }
    return s + v;
  }

  private int forTwo(int v, int i) {
    int s = 0;
    for (int k = 0, j = 10; k < j; k++, j--) {
      s += k * j;
    }
    return s + v;
  }

  private int forInFor(int v, int i) {
    int s = 0;
    for (int k = 0; k < 5; k++) {
      for (int j = k; j < 5; j++) {
        if ((k + j) % 2 == 0) {
          s += k * j;
        } else {
          s -= j;
        }
      }
    }
    return s * v;
  }

  private int forAnd(int v, int i) {
    int s = 0;
    int k = 0;
    for (; k < 10 && s < v; k++) {
      s += k;
    }
    return s * 100 + k;
  }

  private int forOr(int v, int i) {
    int s = 0;
    int k = 0;
    for (; k < 3 || s < v && k < 20; k++) {
      s += k;
    }
    return s * 100 + k;
  }

  private int forIf(int v, int i) {
    int s = 0;
    for (int k = 0; k < 4; k++) {
      if (v > k) {
        if (v > 5) {
          s += 1;
        }
      }
    }
    return s;
  }

  private int forEmpty(int v, int i) {
    int k = 0;
    for (; k < (v & 15); k++) {}
    return k;
  }

  private int forLong(int v, int i) {
    long s = 0;
    for (long k = 0; k < 10L; k++) {
      s += k * v;
    }
    return (int) s;
  }

  private int forFloat(int v, int i) {
    float s = 0;
    for (float k = 0; k < 2; k += 0.25f) {
      s += k * v;
    }
    return (int) s;
  }

  private int forShift(int v, int i) {
    int s = 0;
    for (int k = 64; k > 0; k >>= 1) {
      s += v < k ? k : 1;
    }
    return s;
  }

  private int twoFors(int v, int i) {
    int s = 0;
    for (int k = 0; k < 3; k++) {
      s += k;
    }
    for (int k = 5; k < 8; k++) {
      s += k * v;
    }
    return s;
  }

  private int whileLoop(int v, int i) {
    int n = v & 31;
    int c = 0;
    while (n != 0) {
      n >>= 1;
      c++;
    }
    return c;
  }

  private int whileIncrement(int v, int i) {
    int k = 0;
    while (k++ < (v & 7)) {}
    return k;
  }

  private int whileAssign(int v, int i) {
    int a;
    int k = 0;
    while ((a = in.get(k)) < 9 && k < 60) {
      k++;
    }
    return a * 100 + k + v;
  }

  private int whileTrue(int v, int i) {
    int c = 0;
    while (true) {
      c++;
      if (c > 5) {
        return c + v;
      }
    }
  }

  private int whileInIf(int v, int i) {
    int r = 0;
    if (v > 0) {
      while (r < v) {
        r += 2;
      }
    }
    return r;
  }

  private int doWhile(int v, int i) {
    int n = v & 31;
    int c = 0;
    do {
      n >>= 1;
      c++;
    } while (n != 0);
    return c;
  }

  private int doWhileAnd(int v, int i) {
    int n = v & 31;
    int c = 0;
    do {
      n >>= 1;
      c++;
    } while (n != 0 && c < 3 || n == 7 && c < 9);
    return c;
  }

  private int doInDo(int v, int i) {
    int r = 0;
    int k = 0;
    do {
      int j = 0;
      do {
        r += j;
        j++;
      } while (j < 3);
      k++;
    } while (k < v);
    return r;
  }

  private int breakFor(int v, int i) {
    int s = 0;
    for (int k = 0; k < 10; k++) {
      if (k > v) {
        break;
      }
      s += k;
    }
    return s;
  }

  private int breakMiddle(int v, int i) {
    int s = 0;
    for (int k = 0; k < 10; k++) {
      s += k;
      if (s > v) {
        s = -s;
        break;
      }
      s++;
    }
    return s;
  }

  private int breakTrue(int v, int i) {
    int s = 0;
    int k = 0;
    while (true) {
      if (k > 9) {
        break;
      }
      s += k;
      k++;
    }
    return s + v;
  }

  private int breakOuter(int v, int i) {
    int s = 0;
    outer:
    for (int k = 0; k < 10; k++) {
      for (int j = 0; j < 10; j++) {
        if (j * k > v) {
          break outer;
        }
        s += j;
      }
    }
    return s;
  }

  private int breakBlock(int v, int i) {
    int r = 0;
    block:
    {
      if (v > 3) {
        break block;
      }
      r = v;
    }
    return r + 1;
  }

  private int continueFor(int v, int i) {
    int s = 0;
    for (int k = 0; k < 10; k++) {
      if (k % 3 == 0) {
        continue;
      }
      s += k;
    }
    return s * v;
  }

  private int continueTwice(int v, int i) {
    int s = 0;
    for (int k = 0; k < 10; k++) {
      if (k % 3 == 0) {
        s += 100;
        continue;
      }
      if (k == v) {
        continue;
      }
      s += k;
    }
    return s;
  }

  private int continueWhile(int v, int i) {
    int s = 0;
    int k = 0;
    while (k < 10) {
      k++;
      if (k % 2 == 0) {
        continue;
      }
      s += k;
    }
    return s + v;
  }

  private int continueDo(int v, int i) {
    int s = 0;
    int k = 0;
    do {
      k++;
      if (k % 2 == 0) {
        continue;
      }
      s += k;
    } while (k < 10);
    return s + v;
  }

  private int continueOuter(int v, int i) {
    int s = 0;
    outer:
    for (int k = 0; k < 10; k++) {
      for (int j = 0; j < 10; j++) {
        if (j * k > v) {
          continue outer;
        }
        s += j;
      }
    }
    return s;
  }

  private int returnEarly(int v, int i) {
    if (v < 0) {
      return 5;
    }
    if (v > 5) {
      return 7;
    }
    return v * 2;
  }

  private int returnInLoop(int v, int i) {
    for (int k = 0; k < 10; k++) {
      if (k * k > v) {
        return k;
      }
    }
    return -1;
  }

  private int switchOld(int v, int i) {
    int r;
    switch (v) {
      case 0:
        r = 1;
        break;
      case 1:
        r = 2;
        break;
      default:
        r = 3;
    }
    return r;
  }

  private int switchThrough(int v, int i) {
    int r = 0;
    switch (v & 3) {
      case 0:
        r += 1;
      // Falls through.
      case 1:
        r += 10;
        break;
      case 3:
        r += 100;
      // Falls through.
      default:
        r += 1000;
    }
    return r;
  }

  private int switchArrow(int v, int i) {
    return switch (v) {
      case 1, 2 -> 5;
      case -100, 100 -> 6;
      default -> v > 0 ? 7 : 8;
    };
  }

  private int switchInLoop(int v, int i) {
    int s = 0;
    for (int k = 0; k < 6; k++) {
      switch (k) {
        case 2:
          continue;
        case 3:
          s += v;
          break;
        default:
          s++;
      }
      s *= 2;
    }
    return s;
  }

  private int scopes(int v, int i) {
    int r = 0;
    {
      int a = v;
      r = a;
    }
    {
      float b = 2f * v;
      r += (int) b;
    }
    for (int k = 0; k < 2; k++) {
      float z = k;
      r += (int) z;
    }
    return r;
  }

  private int deep(int v, int i) {
    int s = 0;
    for (int a = 0; a < 3; a++) {
      if (v > a) {
        for (int b = 0; b < 2; b++) {
          if (b == v) {
            s += 1;
          } else {
            while (s < b * 3) {
              s++;
              if (s == 2) {
                s += 2;
              }
            }
          }
        }
      } else if (v == a) {
        s += 10;
      } else {
        s -= 1;
      }
    }
    return s;
  }

  private static int minus(int a, int b) {
    return a - b;
  }
}
