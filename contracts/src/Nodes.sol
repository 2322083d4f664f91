// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {EpochValues} from "./EpochValues.sol";
import {pageEnd, requireUrl} from "./Limits.sol";
import {StakeGate} from "./StakeGate.sol";
import {NodeView} from "./Types.sol";

/// @title What is audited: nodes, each with a P-256 key that proved itself
/// @notice A node keeps its index, key and operator for ever; URL, class and memory are versions that take effect two epochs
/// later. A retired node keeps its index, so that the draws of every epoch can be computed again at any time.
abstract contract Nodes is EpochClock, StakeGate, EIP712 {
    using EpochHistory for EpochHistory.Trace;
    using EpochValues for EpochValues.Trace;

    struct NodeVersion {
        uint32 vramMiB;
        bool retired;
        bytes32 gpuClass;
        string url;
    }

    struct Node {
        bytes32 nodeId;
        bytes32 qx;
        bytes32 qy;
        address operator;
        EpochHistory.Trace history;
        mapping(uint256 index => NodeVersion) versions;
    }

    bytes32 private constant NODE_KEY_TYPEHASH = keccak256("NodeKey(address operator,bytes32 nodeId)");

    Node[] private _nodes;
    /// @dev Index plus one, so that zero means unknown.
    mapping(bytes32 nodeId => uint32) private _indexPlusOne;
    EpochValues.Trace private _counts;

    event NodeRegistered(
        uint32 indexed index,
        bytes32 indexed nodeId,
        address indexed operator,
        bytes32 qx,
        bytes32 qy,
        string url,
        bytes32 gpuClass,
        uint32 vramMiB,
        uint64 effectEpoch
    );
    event NodeUpdated(bytes32 indexed nodeId, string url, bytes32 gpuClass, uint32 vramMiB, uint64 effectEpoch);
    event NodeRetired(bytes32 indexed nodeId, uint64 effectEpoch);

    error NodeExists(bytes32 nodeId);
    error UnknownNode(bytes32 nodeId);
    /// @notice No node has this index at this epoch.
    error NoNodeAt(uint32 index, uint64 epoch);
    error NotNodeOperator(bytes32 nodeId, address caller);
    error NodeHasRetired(bytes32 nodeId);
    /// @notice (r, s) isn't a low-s signature by the key over its NodeKey receipt for this caller, chain and registry.
    error NoProofOfPossession(bytes32 nodeId);

    /// @notice Registers a node of the caller, who has bonded enough for it. The node's key proves itself by a receipt that names the caller, so nobody can
    /// register somebody else's key, nor repeat a receipt seen in another transaction.
    /// @param qx The public key's coordinates, as (qx, qy); the node's id is keccak256(qx ‖ qy).
    /// @param url Where the runner listens; 1 to 200 bytes.
    /// @param gpuClass The class that the node claims, in ASCII, padded right with zero bytes.
    /// @param r The receipt (r, s): P-256 over SHA-256(0x1901 ‖ domainSeparator ‖ struct hash of NodeKey), s at most n/2.
    function registerNode(
        bytes32 qx,
        bytes32 qy,
        string calldata url,
        bytes32 gpuClass,
        uint32 vramMiB,
        bytes32 r,
        bytes32 s
    ) external returns (uint32 index) {
        bytes32 nodeId = keccak256(abi.encodePacked(qx, qy));
        if (_indexPlusOne[nodeId] != 0) revert NodeExists(nodeId);
        _requireStake(nodeId, STAKES.NODE_MIN());
        if (!P256.verifyNative(_possessionDigest(nodeId), r, s, qx, qy)) revert NoProofOfPossession(nodeId);

        index = SafeCast.toUint32(_nodes.length);
        _indexPlusOne[nodeId] = index + 1;
        Node storage node = _nodes.push();
        (node.nodeId, node.qx, node.qy, node.operator) = (nodeId, qx, qy, msg.sender);
        _setVersion(node, url, gpuClass, vramMiB);
        uint64 effect = _effectEpoch();
        _counts.set(effect, index + 1);
        emit NodeRegistered(index, nodeId, msg.sender, qx, qy, url, gpuClass, vramMiB, effect);
    }

    /// @notice Changes what a node of the caller claims, and where it listens.
    function updateNode(bytes32 nodeId, string calldata url, bytes32 gpuClass, uint32 vramMiB) external {
        _setVersion(_ownNode(nodeId), url, gpuClass, vramMiB);
        emit NodeUpdated(nodeId, url, gpuClass, vramMiB, _effectEpoch());
    }

    /// @notice Retires a node of the caller, for ever. Its index stays taken and its draws become idle.
    function retireNode(bytes32 nodeId) external {
        Node storage node = _ownNode(nodeId);
        NodeVersion memory version = node.versions[node.history.newestIndex()];
        version.retired = true;
        uint64 effect = _effectEpoch();
        node.versions[node.history.push(effect)] = version;
        emit NodeRetired(nodeId, effect);
    }

    /// @notice The number of nodes whose first version is in effect at `epoch`, retired ones included. Final for epochs up to
    /// the current one plus 1.
    function nodeCountAt(uint64 epoch) public view returns (uint32) {
        return uint32(_counts.at(epoch));
    }

    /// @notice The node with this index as it is at `epoch`.
    function nodeAt(uint32 index, uint64 epoch) external view returns (NodeView memory) {
        if (index >= nodeCountAt(epoch)) revert NoNodeAt(index, epoch);
        return _viewOf(index, epoch);
    }

    /// @notice At most 100 nodes as they are at `epoch`, in order of index; empty beyond the end.
    function nodesAt(uint64 epoch, uint32 from, uint32 count) external view returns (NodeView[] memory page) {
        uint256 end = pageEnd(from, count, nodeCountAt(epoch));
        page = new NodeView[](end - from);
        for (uint256 i = from; i < end; ++i) {
            page[i - from] = _viewOf(uint32(i), epoch);
        }
    }

    /// @notice The index of a node, whether in effect yet or not.
    function nodeIndexOf(bytes32 nodeId) public view returns (uint32) {
        uint32 plusOne = _indexPlusOne[nodeId];
        if (plusOne == 0) revert UnknownNode(nodeId);
        return plusOne - 1;
    }

    /// @notice Owner, key and standing of a node, whether in effect yet or not; `known` false when never registered.
    function nodeKey(bytes32 nodeId)
        external
        view
        returns (bool known, address operator, bytes32 qx, bytes32 qy, bool retired)
    {
        uint32 plusOne = _indexPlusOne[nodeId];
        if (plusOne == 0) return (false, address(0), 0, 0, false);
        Node storage node = _nodes[plusOne - 1];
        return (true, node.operator, node.qx, node.qy, node.versions[node.history.newestIndex()].retired);
    }

    function _ownNode(bytes32 nodeId) private view returns (Node storage node) {
        node = _nodes[nodeIndexOf(nodeId)];
        if (node.operator != msg.sender) revert NotNodeOperator(nodeId, msg.sender);
        if (node.versions[node.history.newestIndex()].retired) revert NodeHasRetired(nodeId);
    }

    function _setVersion(Node storage node, string calldata url, bytes32 gpuClass, uint32 vramMiB) private {
        requireUrl(url);
        NodeVersion storage version = node.versions[node.history.push(_effectEpoch())];
        version.vramMiB = vramMiB;
        version.gpuClass = gpuClass;
        version.url = url;
    }

    /// @dev Only for nodes in effect at `epoch`: indices below nodeCountAt(epoch).
    function _viewOf(uint32 index, uint64 epoch) private view returns (NodeView memory view_) {
        Node storage node = _nodes[index];
        (, uint256 versionIndex) = node.history.find(epoch);
        NodeVersion storage version = node.versions[versionIndex];
        view_.index = index;
        (view_.nodeId, view_.operator, view_.qx, view_.qy) = (node.nodeId, node.operator, node.qx, node.qy);
        (view_.url, view_.gpuClass) = (version.url, version.gpuClass);
        (view_.vramMiB, view_.retired) = (version.vramMiB, version.retired);
    }

    /// @dev SHA-256 where EIP-712 has keccak: what WebCrypto and secure hardware sign.
    function _possessionDigest(bytes32 nodeId) private view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(NODE_KEY_TYPEHASH, msg.sender, nodeId));
        return sha256(abi.encodePacked(hex"1901", _domainSeparatorV4(), structHash));
    }
}
