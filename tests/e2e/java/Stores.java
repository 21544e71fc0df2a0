// A TLS context of the stores key.EXTENSION and trust.EXTENSION in /vault/secrets; their password is in the file password.

import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

class Stores {
    private static final Path FOLDER = Path.of("/vault/secrets");

    static SSLContext context(String type, String extension) throws Exception {
        char[] password = Files.readString(FOLDER.resolve("password")).toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(type, FOLDER.resolve("key." + extension), password), password);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(load(type, FOLDER.resolve("trust." + extension), password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    private static KeyStore load(String type, Path file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        try (FileInputStream opened = new FileInputStream(file.toFile())) {
            store.load(opened, password);
        }
        return store;
    }
}
