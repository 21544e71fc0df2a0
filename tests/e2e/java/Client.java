// Connects to TLS servers every half second, and reads its stores again each time.
// Arguments: addresses, and the port at the end. Prints for each connection the address, the serial number of the
// server's certificate and its subject, or what failed.

import java.security.cert.X509Certificate;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

class Client {
    public static void main(String[] arguments) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0)));
        int port = Integer.parseInt(arguments[arguments.length - 1]);
        while (true) {
            for (int number = 0; number < arguments.length - 1; number++) {
                connect(arguments[number], port);
            }
            Thread.sleep(500);
        }
    }

    private static void connect(String address, int port) {
        try (SSLSocket socket = (SSLSocket) Stores.context("JKS", "jks").getSocketFactory().createSocket(address, port)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            if (socket.getInputStream().read() < 1) {
                throw new IllegalStateException("the server has not seen a certificate");
            }
            X509Certificate seen = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            System.out.println("ok " + address + " " + seen.getSerialNumber() + " " + seen.getSubjectX500Principal());
        } catch (Exception failed) {
            System.out.println("failed " + address + " " + failed);
        }
    }
}
