// A TLS server and a client of Java, each with a key store and a trust store, on loopback; each asks for the other's
// certificate. Arguments: the type of the stores, the key store, the trust store, the password. Prints what was said.

import java.io.FileInputStream;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

class TlsByKeyStores {
    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[3].toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(arguments[0], arguments[1], password), password);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(load(arguments[0], arguments[2], password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);

        try (SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0)) {
            server.setNeedClientAuth(true);
            Thread serving = new Thread(() -> {
                try (SSLSocket accepted = (SSLSocket) server.accept()) {
                    accepted.getOutputStream().write(accepted.getSession().getPeerCertificates().length);
                } catch (Exception failed) {
                    failed.printStackTrace();
                }
            });
            serving.start();
            try (SSLSocket client = (SSLSocket) context.getSocketFactory().createSocket("localhost", server.getLocalPort())) {
                SSLParameters parameters = client.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                client.setSSLParameters(parameters);
                int seen = client.getInputStream().read();
                System.out.println(seen + " " + client.getSession().getPeerCertificates().length);
            }
            serving.join();
        }
    }

    private static KeyStore load(String type, String file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        try (FileInputStream opened = new FileInputStream(file)) {
            store.load(opened, password);
        }
        return store;
    }
}
