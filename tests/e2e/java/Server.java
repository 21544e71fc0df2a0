// A TLS server that asks for the client's certificate, and reads its stores again for each connection.
// Arguments: the port. Prints each failure.

import javax.net.ssl.SSLSocket;
import java.net.ServerSocket;
import java.net.Socket;

class Server {
    public static void main(String[] arguments) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0)));
        try (ServerSocket plain = new ServerSocket(Integer.parseInt(arguments[0]))) {
            System.out.println("listens");
            while (true) {
                try (Socket accepted = plain.accept();
                        SSLSocket secured = (SSLSocket) Stores.context("PKCS12", "p12").getSocketFactory()
                                .createSocket(accepted, null, true)) {
                    secured.setUseClientMode(false);
                    secured.setNeedClientAuth(true);
                    secured.getOutputStream().write(secured.getSession().getPeerCertificates().length);
                } catch (Exception failed) {
                    System.out.println("failed " + failed);
                }
            }
        }
    }
}
