# Read by bin/xl and bin/xl-submit before anything else. Plain sh; nothing is set here.

# The folder with Hadoop's core-site.xml, hdfs-site.xml and yarn-site.xml.
# export HADOOP_CONF_DIR=/etc/hadoop/conf

# The Python that runs the client: it has xlearning's dependencies.
# The default is .venv/bin/python in this folder's parent, as `make setup` makes it.
# export XLEARNING_PYTHON=/opt/xlearning/bin/python

# Whom to submit as on a cluster without Kerberos. The default is the user who calls.
# export HADOOP_USER_NAME=alice
