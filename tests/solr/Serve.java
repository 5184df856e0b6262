import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/** Serves the Solr home of its argument on loopback, prints the port, and stops when its input ends. */
public class Serve {
    public static void main(String[] given) throws Exception {
        JettyConfig config = JettyConfig.builder().setContext("/solr").useOnlyHttp1(true).build();
        JettySolrRunner solr = new JettySolrRunner(given[0], config);
        solr.start();
        System.out.println(solr.getLocalPort());
        System.in.transferTo(System.err);
        solr.stop();
        System.exit(0);
    }
}
