// Reads key stores by java.security.KeyStore, a line each: the type, the file, the password in hex (UTF-16, big-endian).
// Prints of each entry its alias, "key" or "trusted", the SHA-256 of the key, and of each certificate.

import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.HexFormat;

class ReadKeyStores {
    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] words = line.split(" ");
            char[] password = new String(HexFormat.of().parseHex(words[2]), StandardCharsets.UTF_16BE).toCharArray();
            KeyStore store = KeyStore.getInstance(words[0]);
            try (FileInputStream file = new FileInputStream(words[1])) {
                store.load(file, password);
            }
            StringBuilder told = new StringBuilder();
            for (String alias : Collections.list(store.aliases())) {
                told.append(alias).append(store.isKeyEntry(alias) ? " key " : " trusted ");
                if (store.isKeyEntry(alias)) {
                    told.append(digest(store.getKey(alias, password).getEncoded())).append(' ');
                    for (Certificate each : store.getCertificateChain(alias)) {
                        told.append(digest(each.getEncoded())).append(' ');
                    }
                } else {
                    told.append(digest(store.getCertificate(alias).getEncoded())).append(' ');
                }
                told.append(';');
            }
            System.out.println(told);
        }
    }

    private static String digest(byte[] octets) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
    }
}
