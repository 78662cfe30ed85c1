package sample;

import java.util.Locale;
import java.util.function.Predicate;

/** A kind of number with check digits. Spaces and hyphens are for people and are left out first. */
enum Check {
  IBAN(Check::iban, text -> text.matches("[A-Z]{2}[0-9]{2}[A-Z0-9]+")),
  ISBN(Check::isbn, text -> text.matches("97[89][0-9]{10}|[0-9]{9}[0-9X]")),
  CARD(Check::luhn, text -> text.matches("[0-9]{12,19}"));

  /** Lengths of IBANs by country, as the registry of 2024 has them. */
  private static final String IBAN_LENGTHS =
      "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27"
          + "GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27"
          + "MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24"
          + "SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

  private final Predicate<String> valid;
  private final Predicate<String> shape;

  Check(Predicate<String> valid, Predicate<String> shape) {
    this.valid = valid;
    this.shape = shape;
  }

  /** The kind that a text looks like, or null. */
  static Check of(String text) {
    for (Check check : values()) {
      if (check.shape.test(compact(text))) {
        return check;
      }
    }
    return null;
  }

  boolean accepts(String text) {
    String compact = compact(text);
    return shape.test(compact) && valid.test(compact);
  }

  private static String compact(String text) {
    return text.replaceAll("[ -]", "").toUpperCase(Locale.ROOT);
  }

  /** Country and check digits go to the end, letters count from 10; all of it is one more than a multiple of 97. */
  private static boolean iban(String text) {
    int entry = 0;
    while (entry < IBAN_LENGTHS.length() && !IBAN_LENGTHS.startsWith(text.substring(0, 2), entry)) {
      entry += 4;
    }
    if (entry == IBAN_LENGTHS.length()
        || Integer.parseInt(IBAN_LENGTHS.substring(entry + 2, entry + 4)) != text.length()) {
      return false;
    }
    int rest = 0;
    for (char symbol : (text.substring(4) + text.substring(0, 4)).toCharArray()) {
      int value = Character.digit(symbol, 36);
      rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
    }
    return rest == 1;
  }

  /** Ten digits weigh 10 to 1 and give a multiple of 11, thirteen weigh 1 and 3 in turn and give one of 10. */
  private static boolean isbn(String text) {
    boolean old = text.length() == 10;
    int sum = 0;
    for (int at = 0; at < text.length(); at++) {
      int digit = text.charAt(at) == 'X' ? 10 : text.charAt(at) - '0';
      sum += digit * (old ? 10 - at : at % 2 == 0 ? 1 : 3);
    }
    return sum % (old ? 11 : 10) == 0;
  }

  /** Every second digit from the right counts twice, as the sum of its digits. */
  private static boolean luhn(String text) {
    int sum = 0;
    for (int at = 0; at < text.length(); at++) {
      int digit = text.charAt(text.length() - 1 - at) - '0';
      int value = at % 2 == 0 ? digit : digit * 2;
      sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
  }
}
